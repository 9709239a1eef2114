import { DELIMITED, FIXED_32, FIXED_64, VARINT } from './protobuf-wire.ts';

/** A field of a message, in the order of the message. */
interface Field {
  readonly number: number;
  /** The value of a varint field, else 0. */
  readonly integer: number;
  /** The bytes of a string or a message, else empty. */
  readonly bytes: Uint8Array;
}

/** Reads the fields of a message, without those of fixed length. Throws a `RangeError` for anything but protobuf. */
export function readFields(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const take = (length: number) => {
    if (at + length > bytes.length) throw new RangeError('the message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const [byte = 0] = take(1);
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case VARINT:
        fields.push({ number, integer: varint(), bytes: new Uint8Array() });
        break;
      case DELIMITED:
        fields.push({ number, integer: 0, bytes: take(varint()) });
        break;
      case FIXED_64:
        take(8);
        break;
      case FIXED_32:
        take(4);
        break;
      default:
        throw new RangeError('a type of field that is not in use');
    }
  }
  return fields;
}
