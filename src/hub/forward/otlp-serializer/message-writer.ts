import type { HrTime } from '@opentelemetry/api';
import { byteString } from '../../../encoding/byte-string.ts';
import { FIXED_64, VARINT } from '../../../encoding/protobuf-wire.ts';
import { ProtobufWriter, varintLength } from '../../../encoding/protobuf-writer.ts';

/** A tag and a varint, or a tag and eight bytes: what one field of a number takes at most. */
const NUMBER_FIELD = 11;
const TWO_TO_32 = 2 ** 32;

/**
 * Writes messages within messages whose lengths are not known beforehand: one byte is kept free for a length,
 * and what follows moves up where that is not enough. Every method makes its own room.
 */
export class MessageWriter extends ProtobufWriter {
  /** Begins a message, or a packed list; what is returned is for {@link end}. */
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

  /** Nothing for an empty text, which is the default. */
  textField(field: number, text: string): void {
    if (text !== '') this.string(field, text);
  }

  /** Written in any case, as a member of a oneof has to be. */
  string(field: number, text: string): void {
    const bytes = byteString(text);
    this.reserve(NUMBER_FIELD + bytes.length);
    this.head(field, bytes.length);
    this.text(bytes);
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
