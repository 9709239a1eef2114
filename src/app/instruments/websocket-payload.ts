/** Bytes of a received message's payload, in any of the forms that `binaryType` of `ws` lets it have. */
export function receivedBytes(data: unknown): number {
  if (Array.isArray(data)) return data.reduce((sum: number, part) => sum + payloadBytes(part), 0);
  return payloadBytes(data);
}

/**
 * Bytes of an argument of `send` of `ws`, which sends a number as text, null and undefined as nothing, and an array as
 * one byte an element.
 */
export function sentBytes(data: unknown): number {
  if (typeof data === 'number') return Buffer.byteLength(String(data));
  if (Array.isArray(data)) return data.length;
  return payloadBytes(data);
}

function payloadBytes(data: unknown): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) {
    return data.byteLength;
  }
  if (data instanceof Blob) return data.size;
  return 0;
}
