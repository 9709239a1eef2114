import type { Attributes } from '@opentelemetry/api';
import type { ProtobufWriter } from '../../../encoding/protobuf-writer.ts';
import { ANY_VALUE, KEY_VALUE, LIST } from './fields.ts';
import { isInt64 } from './int64.ts';

/** Writes a `repeated KeyValue`. */
export function writeAttributes(writer: ProtobufWriter, field: number, attributes: Attributes): void {
  for (const key of Object.keys(attributes)) writeKeyValue(writer, field, key, attributes[key]);
}

function writeKeyValue(writer: ProtobufWriter, field: number, key: string, value: unknown): void {
  const pair = writer.begin(field);
  writer.textField(KEY_VALUE.key, key);
  writeValue(writer, KEY_VALUE.value, value);
  writer.end(pair);
}

/** Writes an `AnyValue`. Anything that is not one becomes empty. */
function writeValue(writer: ProtobufWriter, field: number, value: unknown): void {
  const message = writer.begin(field);
  writeMember(writer, value);
  writer.end(message);
}

function writeMember(writer: ProtobufWriter, value: unknown): void {
  if (typeof value === 'string') writer.string(ANY_VALUE.stringValue, value);
  else if (typeof value === 'boolean') writer.integerField(ANY_VALUE.boolValue, value ? 1 : 0);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (value instanceof Uint8Array) writer.bytesField(ANY_VALUE.bytesValue, value);
  else if (typeof value === 'object' && value !== null) writeList(writer, value);
}

function writeNumber(writer: ProtobufWriter, value: number): void {
  if (isInt64(value)) writer.signedField(ANY_VALUE.intValue, value);
  else writer.doubleField(ANY_VALUE.doubleValue, value);
}

/** The items of an array, or the properties of any other object. */
function writeList(writer: ProtobufWriter, value: object): void {
  const isArray = Array.isArray(value);
  const list = writer.begin(isArray ? ANY_VALUE.arrayValue : ANY_VALUE.kvlistValue);
  if (isArray) for (const item of value) writeValue(writer, LIST.values, item);
  else for (const [key, item] of Object.entries(value)) writeKeyValue(writer, LIST.values, key, item);
  writer.end(list);
}
