import { readFields } from '../../encoding/protobuf-reader.ts';

/** An OTLP receiver's description of a failure. (google.rpc.Status with a google.rpc.RetryInfo among its details) */
export interface RpcStatus {
  readonly message: string;
  /** Milliseconds; `undefined` if the receiver names no delay. */
  readonly retryDelay: number | undefined;
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

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

/** Reads a `google.protobuf.Any` with a `RetryInfo`, whose only field is a `google.protobuf.Duration`. */
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

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
