import type { Attributes } from '@opentelemetry/api';
import { byteString } from '../../../encoding/byte-string.ts';
import { ByteWriter, NUMBER_LENGTH } from '../../../encoding/byte-writer.ts';
import { doubleJson, integerJson, keyValueJson } from './json-values.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;

/** Writes JSON into one buffer. */
export class JsonWriter extends ByteWriter {
  /** `KeyValue` messages as byte strings, by key and value: in a body nearly all of them come many times. */
  readonly #keyValues = new Map<string, Map<unknown, string>>();

  json(text: string): void {
    const bytes = byteString(text);
    this.reserve(bytes.length);
    this.text(bytes);
  }

  /** Text that is ASCII. */
  known(text: string): void {
    this.reserve(text.length);
    this.text(text);
  }

  list<Item>(items: readonly Item[], write: (writer: this, item: Item) => void): void {
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.json(',');
      write(this, items[i]!);
    }
  }

  /** The items of a list of `KeyValue`. */
  attributes(attributes: Attributes): void {
    let isFirst = true;
    for (const key of Object.keys(attributes)) {
      const text = this.#keyValue(key, attributes[key]);
      this.reserve(text.length + 1);
      if (!isFirst) this.byte(COMMA);
      this.text(text);
      isFirst = false;
    }
  }

  /** A 64-bit integer, which is a string. */
  integer(value: number): void {
    if (value >>> 0 === value) {
      this.reserve(NUMBER_LENGTH);
      this.byte(QUOTE);
      this.number(value);
      this.byte(QUOTE);
    } else this.known(integerJson(value));
  }

  /** The items of a list of 64-bit integers. */
  integers(values: readonly number[]): void {
    for (let i = 0; i < values.length; i++) {
      if (i > 0) {
        this.reserve(1);
        this.byte(COMMA);
      }
      this.integer(values[i]!);
    }
  }

  /** A field with a number. @param head its name, and what stands before it */
  field(head: string, value: number): void {
    this.known(head);
    this.known(doubleJson(value));
  }

  #keyValue(key: string, value: unknown): string {
    if (typeof value === 'object') return byteString(keyValueJson(key, value));
    let texts = this.#keyValues.get(key);
    if (texts === undefined) {
      texts = new Map();
      this.#keyValues.set(key, texts);
    }
    let text = texts.get(value);
    if (text === undefined) {
      text = byteString(keyValueJson(key, value));
      texts.set(value, text);
    }
    return text;
  }
}
