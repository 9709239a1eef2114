import { byteString } from './byte-string.ts';

/*
 * Protobuf as byte strings, to join to messages: for parts that are made once and kept, or are rare. `ProtobufWriter`
 * writes everything else.
 */

/** The wire types in use: how a field's value is written. */
export const VARINT = 0;
export const FIXED_64 = 1;
export const DELIMITED = 2;
export const FIXED_32 = 5;

const MORE = 0x80;

/** @param value an integer from 0 to 2^53 */
function varint(value: number): string {
  let text = '';
  let rest = value;
  for (; rest >= MORE; rest = Math.floor(rest / MORE)) text += String.fromCharCode((rest % MORE) | MORE);
  return text + String.fromCharCode(rest);
}

/** A signed integer: small ones of either sign are short. */
export function zigzag(value: number): string {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

export function integerField(field: number, value: number): string {
  return tag(field, VARINT) + varint(value);
}

export function zigzagField(field: number, value: number): string {
  return tag(field, VARINT) + zigzag(value);
}

export function floatField(field: number, value: number): string {
  float.writeDoubleLE(value);
  return tag(field, FIXED_64) + float.toString('latin1');
}

const float = Buffer.alloc(8);

/** A `double` given by its bits, for instance a NaN that JavaScript does not have. @param bytes eight, the lowest first */
export function bitsField(field: number, bytes: string): string {
  return tag(field, FIXED_64) + bytes;
}

/** A message, or a packed list. */
export function messageField(field: number, message: string): string {
  return tag(field, DELIMITED) + varint(message.length) + message;
}

export function textField(field: number, text: string): string {
  return messageField(field, byteString(text));
}

function tag(field: number, wireType: number): string {
  return varint(field * 8 + wireType);
}
