import type { HrTime } from '@opentelemetry/api';
import { byteString } from './byte-string.ts';
import { ByteWriter } from './byte-writer.ts';
import { DELIMITED, FIXED_64, VARINT } from './protobuf-wire.ts';

const MORE = 0x80;
/** The most bytes of a field that is a number: a tag and a varint, or a tag and eight bytes. */
const NUMBER_FIELD = 11;
const TWO_TO_32 = 2 ** 32;
/** google/protobuf/timestamp.proto */
const TIMESTAMP = { seconds: 1, nanos: 2 } as const;

/**
 * Writes protobuf in one of two ways (https://protobuf.dev/programming-guides/encoding/):
 *
 * - A caller who knows lengths beforehand, and reserves the bytes, writes heads and values: `head`, `integer`, `float`,
 *   `timestamp`, `varint`. Every scrape does.
 * - `begin` and `end` write messages within messages of unknown lengths: they keep one byte for a length, and move up
 *   the bytes behind it if that is too little. These methods, and those with `Field`, `List` or `string` in their names,
 *   reserve bytes themselves.
 */
export class ProtobufWriter extends ByteWriter {
  varint(value: number): void {
    let rest = value;
    while (rest >= MORE) {
      this.byte((rest % MORE) | MORE);
      rest = Math.floor(rest / MORE);
    }
    this.byte(rest);
  }

  integer(field: number, value: number): void {
    this.byte((field << 3) | VARINT);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.byte((field << 3) | FIXED_64);
    this.double(value);
  }

  /** The head of a message or a text, which is to follow. */
  head(field: number, length: number): void {
    this.byte((field << 3) | DELIMITED);
    this.varint(length);
  }

  timestamp(field: number, time: HrTime): void {
    this.head(field, timestampLength(time));
    this.integer(TIMESTAMP.seconds, time[0]);
    this.integer(TIMESTAMP.nanos, time[1]);
  }

  /** Begins a message or a packed list. @returns the argument for {@link end} */
  begin(field: number): number {
    this.reserve(2);
    this.head(field, 0);
    return this.at;
  }

  end(begun: number): void {
    const length = this.at - begun;
    const more = varintLength(length) - 1;
    if (more > 0) this.insert(begun, more);
    const { at } = this;
    this.at = begun - 1;
    this.varint(length);
    this.at = at;
  }

  /** Writes nothing for an empty text, the default. */
  textField(field: number, text: string): void {
    if (text !== '') this.string(field, text);
  }

  /** Writes an empty text too, as a member of a oneof requires. */
  string(field: number, text: string): void {
    const bytes = byteString(text);
    this.reserve(NUMBER_FIELD + bytes.length);
    this.head(field, bytes.length);
    this.text(bytes);
  }

  /** Fields that are a byte string already. */
  fields(fields: string): void {
    this.reserve(fields.length);
    this.text(fields);
  }

  bytesField(field: number, bytes: Uint8Array): void {
    this.reserve(NUMBER_FIELD + bytes.length);
    this.head(field, bytes.length);
    this.bytes(bytes);
  }

  /** @param value an integer from 0 to 2^64 */
  integerField(field: number, value: number): void {
    this.reserve(NUMBER_FIELD);
    this.integer(field, value);
  }

  /** An `int64`: negative ones have ten bytes. */
  signedField(field: number, value: number): void {
    this.reserve(NUMBER_FIELD);
    if (value >= 0) {
      this.integer(field, value);
      return;
    }
    this.byte((field << 3) | VARINT);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  /** A `sint32`. */
  zigzagField(field: number, value: number): void {
    this.integerField(field, value < 0 ? -2 * value - 1 : 2 * value);
  }

  doubleField(field: number, value: number): void {
    this.reserve(NUMBER_FIELD);
    this.float(field, value);
  }

  /** A `fixed64` or `sfixed64`. */
  fixedField(field: number, value: number): void {
    this.reserve(NUMBER_FIELD);
    this.byte((field << 3) | FIXED_64);
    this.#fixed(value);
  }

  /** A packed list of `fixed64`. */
  fixedList(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#listHead(field, values.length);
    for (let i = 0; i < values.length; i++) this.#fixed(values[i]!);
  }

  /** A packed list of `double`. */
  doubleList(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.#listHead(field, values.length);
    for (let i = 0; i < values.length; i++) this.double(values[i]!);
  }

  /** A packed list of `uint64`, which are short where they are small. */
  varintList(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const list = this.begin(field);
    this.reserve(NUMBER_FIELD * values.length);
    for (let i = 0; i < values.length; i++) this.varint(values[i]!);
    this.end(list);
  }

  /** A `fixed64` of nanoseconds since the epoch. */
  timeField(field: number, [seconds, nanoseconds]: HrTime): void {
    this.reserve(NUMBER_FIELD);
    this.byte((field << 3) | FIXED_64);
    // As two products of 16 bits of the seconds each, which are exact as float64.
    const upper = Math.floor(seconds / 0x10000) * 1e9;
    const lower = (seconds % 0x10000) * 1e9 + nanoseconds + (upper % 0x10000) * 0x10000;
    this.word(lower);
    this.word(Math.floor(upper / 0x10000) + Math.floor(lower / TWO_TO_32));
  }

  #listHead(field: number, count: number): void {
    this.reserve(NUMBER_FIELD + 8 * count);
    this.head(field, 8 * count);
  }

  /** An integer from -2^63 to 2^64, in eight bytes. */
  #fixed(value: number): void {
    this.word(value);
    this.word(Math.floor(value / TWO_TO_32));
  }
}

/** The length of a timestamp without its head. */
function timestampLength([seconds, nanoseconds]: HrTime): number {
  return 2 + varintLength(seconds) + varintLength(nanoseconds);
}

/** The length of what `timestamp` writes, 0 for an unknown time. */
export function timestampFieldLength(time: HrTime | undefined): number {
  return time === undefined ? 0 : 2 + timestampLength(time);
}

/** The length of what `varint` writes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= MORE; rest /= MORE) length++;
  return length;
}
