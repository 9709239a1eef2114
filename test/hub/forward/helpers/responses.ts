import protobuf from 'protobufjs';

const { Writer } = protobuf;

/** Tags of length-delimited and varint fields. */
const bytes = (field: number) => field * 8 + 2;
const varint = (field: number) => field * 8;

/** An ExportMetricsServiceResponse that says that some data points were rejected. */
export function partialSuccess(rejected: number, message: string): Uint8Array {
  return Writer.create()
    .uint32(bytes(1))
    .fork()
    .uint32(varint(1))
    .int64(rejected)
    .uint32(bytes(2))
    .string(message)
    .ldelim()
    .finish();
}

/** A google.rpc.Status, with a BadRequest and a RetryInfo among its details if there is a delay (seconds, nanoseconds). */
export function rpcStatus(code: number, message: string, delay?: readonly [number, number]): Uint8Array {
  const writer = Writer.create().uint32(varint(1)).int32(code).uint32(bytes(2)).string(message);
  if (delay === undefined) return writer.finish();
  const duration = Writer.create()
    .uint32(varint(1))
    .int64(delay[0])
    .uint32(varint(2))
    .int32(delay[1])
    .finish();
  const retryInfo = Writer.create().uint32(bytes(1)).bytes(duration).finish();
  for (const [type, value] of [
    ['type.googleapis.com/google.rpc.BadRequest', new Uint8Array()],
    ['type.googleapis.com/google.rpc.RetryInfo', retryInfo],
  ] as const) {
    writer.uint32(bytes(3)).fork().uint32(bytes(1)).string(type).uint32(bytes(2)).bytes(value).ldelim();
  }
  return writer.finish();
}
