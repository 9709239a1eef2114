import type { DataPoint, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { Answer, Component, Forwarder } from '../../../../src/hub/forward/forwarder.ts';
import { temporalitySelector } from '../../../../src/hub/forward/otlp-temporality.ts';

export const ACCEPTED: Answer = { outcome: 'accepted', rejected: 0, message: '' };
export const UNAVAILABLE: Answer = { outcome: 'retryable', errorType: '503', reason: 'it answers 503' };
export const REFUSED: Answer = { outcome: 'refused', errorType: '401', reason: 'it answers 401' };

/** A data point as the scripted forwarder writes it: of which metric, and since when. */
export interface SentPoint {
  readonly metric: string;
  readonly id: string;
  readonly start: number;
  readonly time: number;
  readonly value: number | { readonly count: number; readonly sum: number };
}

/** A forwarder whose requests are JSON, and whose receiver is a function. */
export class ScriptedForwarder implements Forwarder {
  readonly target = 'a receiver';
  readonly component: Component = { type: 'scripted', expectedErrors: ['503', 'rejected'] };
  readonly selectTemporality;
  private readonly receive: (request: Uint8Array) => Answer | Promise<Answer>;

  constructor(
    temporality: 'cumulative' | 'delta',
    receive: (request: Uint8Array) => Answer | Promise<Answer>,
  ) {
    this.selectTemporality = temporalitySelector(temporality);
    this.receive = receive;
  }

  encode({ scopeMetrics }: ResourceMetrics): Uint8Array {
    const points = scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map((point: DataPoint<unknown>) => ({
          metric: descriptor.name,
          id: point.attributes.id,
          start: point.startTime[0] * 1000 + point.startTime[1] / 1e6,
          time: point.endTime[0] * 1000 + point.endTime[1] / 1e6,
          value: point.value,
        })),
      ),
    );
    return Buffer.from(JSON.stringify(points));
  }

  async attempt(request: Uint8Array): Promise<Answer> {
    return this.receive(request);
  }
}

export function pointsOf(request: Uint8Array): readonly SentPoint[] {
  return JSON.parse(Buffer.from(request).toString());
}
