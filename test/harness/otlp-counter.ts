import assert from 'node:assert/strict';

export interface Counter {
  /** The `service.name`; no resource attributes at all if absent. */
  readonly service?: string;
  readonly value: number;
}

/** Sends the value of a counter `things`, as of now, by OTLP in JSON to `host:port`. */
export async function sendCounter(address: string, { service, value }: Counter): Promise<void> {
  const attributes = service === undefined ? [] : [{ key: 'service.name', value: { stringValue: service } }];
  const point = { asInt: String(value), timeUnixNano: `${Date.now()}000000` };
  // 2 is cumulative.
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point] };
  const scopeMetrics = [{ metrics: [{ name: 'things', sum }] }];
  const response = await fetch(`http://${address}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics }] }),
  });
  assert.equal(response.status, 200, await response.text());
}
