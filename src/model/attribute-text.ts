/**
 * An attribute's value as a string: "AnyValue representation for non-OTLP protocols" in the
 * OpenTelemetry specification's common/README.md. Strings stay as they are, empty values become the empty
 * string, byte arrays Base64, and everything else JSON. A value without a representation, such as an array
 * that contains itself, counts as empty.
 *
 * Unpaired surrogates become U+FFFD, as in UTF-8: values that are equal on the wire are equal here.
 */
export function attributeText(value: unknown): string {
  if (typeof value === 'string') return value.toWellFormed();
  try {
    return textOf(value).toWellFormed();
  } catch {
    return '';
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Uint8Array) return base64(value);
  return typeof value === 'object' ? JSON.stringify(value, jsonValue) : String(value);
}

/** `JSON.stringify` has already called a Buffer's own `toJSON`; the Buffer is still in `this`. */
function jsonValue(this: Record<string, unknown>, key: string, converted: unknown): unknown {
  const value = this[key];
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return converted;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
