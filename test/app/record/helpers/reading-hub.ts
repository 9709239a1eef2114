import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Recorder } from '../../../../src/app/record/recorder.ts';
import { IdleWatch } from '../../../../src/hub/collect/idle.ts';
import { SeriesRegistry } from '../../../../src/hub/collect/series-registry.ts';
import { snapshot } from '../../../../src/hub/collect/snapshot.ts';
import type { RecorderMessage, RecorderRequest } from '../../../../src/model/protocol.ts';

/**
 * A hub on the recorder's own thread: what the two tell each other arrives when the test says so, in order,
 * as between threads.
 */
export class ReadingHub {
  readonly registry = new SeriesRegistry();
  private readonly recorder: Recorder;
  private readonly watch = new IdleWatch();
  private readonly told: RecorderMessage[] = [];
  private readonly requests: RecorderRequest[] = [];

  constructor(recorder: Recorder) {
    this.recorder = recorder;
    recorder.attach((message) => this.told.push(structuredClone(message)));
  }

  /** The cells as they are now; asks for the removal of what has been idle. */
  collect(): ScopeMetrics[] {
    this.drain();
    const scopes = snapshot(this.registry);
    this.requests.push(...this.watch.poll(this.registry, Date.now()));
    return scopes;
  }

  /** Takes in what the recorder has told. */
  drain(): void {
    for (const message of this.told.splice(0)) {
      this.registry.apply(message);
      if (message.type === 'removed' || message.type === 'announced')
        this.requests.push({ type: 'released', removal: message.removal });
    }
  }

  /** Has the recorder's thread come to what was asked of it, or to the first so many of them. */
  deliver(most = Number.POSITIVE_INFINITY): void {
    for (const request of this.requests.splice(0, most)) {
      this.recorder.serve(structuredClone(request), (message) => this.told.push(message));
    }
  }
}
