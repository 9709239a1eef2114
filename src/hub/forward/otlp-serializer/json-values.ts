import type { Attributes } from '@opentelemetry/api';
import { isInt64 } from './int64.ts';

/** As a list of `KeyValue`. */
export function jsonAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, value]) => keyValue(key, value));
}

/** A number, or the name of one that JSON has none for. (Protobuf's JSON mapping, "double") */
export function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** 64 bits: as a decimal string. Without an exponent, as `String` would have it from 1e21 on. */
export function jsonInteger(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : String(BigInt(Math.trunc(value)));
}

function keyValue(key: string, value: unknown): object {
  return { key, value: anyValue(value) };
}

/** What is no `AnyValue` is an empty one. */
function anyValue(value: unknown): object {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return isInt64(value) ? { intValue: jsonInteger(value) } : { doubleValue: jsonDouble(value) };
    case 'object':
      return value === null ? {} : composite(value);
    default:
      return {};
  }
}

function composite(value: object): object {
  if (value instanceof Uint8Array) return { bytesValue: base64(value) };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: Object.entries(value).map(([key, item]) => keyValue(key, item)) } };
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
