import type { Attributes } from '@opentelemetry/api';
import { isInt64 } from './int64.ts';

/** A list of `KeyValue`. */
export function attributesJson(attributes: Attributes): string {
  let text = '';
  for (const key of Object.keys(attributes))
    text += `${text === '' ? '' : ','}${keyValueJson(key, attributes[key])}`;
  return `[${text}]`;
}

/** A number, or its name if JSON cannot write it. (Protobuf's JSON mapping, "double") */
export function doubleJson(value: number): string {
  return Number.isFinite(value) ? String(value) : `"${value}"`;
}

/** 64 bits as a decimal string, without the exponent that `String` writes from 1e21 on. */
export function integerJson(value: number): string {
  return Number.isSafeInteger(value) ? `"${value}"` : `"${BigInt(Math.trunc(value))}"`;
}

export function integersJson(values: readonly number[]): string {
  if (values.length === 0) return '[]';
  // Joining numbers is much faster than formatting each one. (bench/otlp.ts)
  return values.every(Number.isSafeInteger)
    ? `["${values.join('","')}"]`
    : `[${values.map(integerJson).join()}]`;
}

/** `{"key":…,"value":`, by key. A process has few keys, and each of them is in every point. */
const heads = new Map<string, string>();
const MAX_HEADS = 1000;

export function keyValueJson(key: string, value: unknown): string {
  let head = heads.get(key);
  if (head === undefined) {
    if (heads.size >= MAX_HEADS) heads.clear();
    head = `{"key":${JSON.stringify(key)},"value":`;
    heads.set(key, head);
  }
  return `${head}${anyValue(value)}}`;
}

/** Anything but an `AnyValue` becomes an empty one. */
function anyValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `{"stringValue":${JSON.stringify(value)}}`;
    case 'boolean':
      return `{"boolValue":${value}}`;
    case 'number':
      return isInt64(value) ? `{"intValue":${integerJson(value)}}` : `{"doubleValue":${doubleJson(value)}}`;
    case 'object':
      return value === null ? '{}' : composite(value);
    default:
      return '{}';
  }
}

function composite(value: object): string {
  if (value instanceof Uint8Array) return `{"bytesValue":"${base64(value)}"}`;
  if (Array.isArray(value)) return `{"arrayValue":{"values":[${value.map(anyValue).join()}]}}`;
  const list = Object.entries(value).map(([key, item]) => keyValueJson(key, item));
  return `{"kvlistValue":{"values":[${list.join()}]}}`;
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
