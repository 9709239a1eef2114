import type { HrTime } from '@opentelemetry/api';
import { ByteWriter } from './byte-writer.ts';
import { TIMESTAMP } from './protobuf-fields.ts';
import { DELIMITED, FIXED_64, VARINT } from './protobuf-wire.ts';

const MORE = 0x80;

/** Writes protobuf whose lengths are known beforehand. */
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
}

/** How many bytes a timestamp has without its head. */
function timestampLength([seconds, nanoseconds]: HrTime): number {
  return 2 + varintLength(seconds) + varintLength(nanoseconds);
}

/** How many bytes `timestamp` writes, none for one that is not known. */
export function timestampFieldLength(time: HrTime | undefined): number {
  return time === undefined ? 0 : 2 + timestampLength(time);
}

/** How many bytes `varint` writes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= MORE; rest /= MORE) length++;
  return length;
}
