import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer';
import type { Accepted } from './forwarder.ts';
import { receiverText } from './receiver-text.ts';

/**
 * The receiver's remark on a request that it accepted. An unreadable response counts as one without a remark,
 * because the status is enough. (OTLP specification, "Partial Success")
 */
export function readResponse(
  response: Uint8Array,
  deserialize: (response: Uint8Array) => IExportMetricsServiceResponse | undefined,
): Pick<Accepted, 'rejected' | 'message'> {
  try {
    const said = response.length === 0 ? undefined : deserialize(response)?.partialSuccess;
    // In JSON an int64 is a string.
    const rejected = Number(said?.rejectedDataPoints ?? 0);
    return {
      rejected: Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0,
      message: receiverText(String(said?.errorMessage ?? '')),
    };
  } catch {
    return { rejected: 0, message: '' };
  }
}
