/** What an OTLP receiver says of a failure. (google.rpc.Status with a google.rpc.RetryInfo among its details) */
export interface RpcStatus {
  readonly message: string;
  /** Milliseconds; `undefined` when nothing is said of it. */
  readonly retryDelay: number | undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

interface Field {
  readonly number: number;
  /** Of varint fields; else 0. */
  readonly integer: number;
  /** Of strings and messages; else empty. */
  readonly bytes: Uint8Array;
}

/** Reads a `google.rpc.Status` in protobuf; `undefined` for anything else. */
export function readRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  try {
    const fields = readFields(bytes);
    const message = fields.find(({ number }) => number === 2);
    const delays = fields.filter(({ number }) => number === 3).map(({ bytes: detail }) => delayOf(detail));
    return {
      message: message === undefined ? '' : text(message.bytes),
      retryDelay: delays.find((delay) => delay !== undefined),
    };
  } catch {
    return undefined;
  }
}

/** Of a `google.protobuf.Any` that holds a `RetryInfo`, whose one field is a `google.protobuf.Duration`. */
function delayOf(any: Uint8Array): number | undefined {
  const [type, value] = [1, 2].map((wanted) => readFields(any).find(({ number }) => number === wanted));
  if (type === undefined || text(type.bytes) !== RETRY_INFO) return undefined;
  const duration = readFields(value?.bytes ?? new Uint8Array()).find(({ number }) => number === 1);
  const [seconds, nanos] = [1, 2].map(
    (wanted) =>
      readFields(duration?.bytes ?? new Uint8Array()).find(({ number }) => number === wanted)?.integer ?? 0,
  );
  return (seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}

/** Throws where the bytes are no message of protobuf. */
function readFields(bytes: Uint8Array): Field[] {
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
      case BYTES:
        fields.push({ number, integer: 0, bytes: take(varint()) });
        break;
      case FIXED64:
        take(8);
        break;
      case FIXED32:
        take(4);
        break;
      default:
        throw new RangeError('a type of field that is not in use');
    }
  }
  return fields;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
