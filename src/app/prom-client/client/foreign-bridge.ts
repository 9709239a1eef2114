import { bridgePart } from '../prom-client.ts';
import type { PromRegistry } from '../prom-metric.ts';
import { type Home, isOwn } from './own-metric.ts';

interface Members extends Home {
  getMetricsAsArray(): readonly object[];
}

/**
 * Serves the metrics of a registry that are not this module's: a dependency may import prom-client itself, and create
 * its metrics in the registry that the application gives it. The bridge keeps the registry until the last of them goes.
 */
export class ForeignBridge {
  private readonly members: Members;
  private stop: (() => void) | undefined;

  constructor(members: Members) {
    this.members = members;
  }

  /** A metric that is not this module's has come. */
  begin(): void {
    this.stop ??= bridgePart(foreignPart(this.members));
  }

  /** Metrics have gone. */
  endIfUnused(): void {
    if (this.stop === undefined || foreignOf(this.members).length > 0) return;
    this.stop();
    this.stop = undefined;
  }
}

function foreignOf(members: Members): object[] {
  return members.getMetricsAsArray().filter((metric) => !isOwn(metric));
}

/** As the bridge reads a registry of prom-client, with the property in which that has its default labels. */
function foreignPart(members: Members): PromRegistry {
  const part = {
    getMetricsAsArray: () => foreignOf(members),
    get _defaultLabels() {
      return members.defaults();
    },
  };
  return part;
}
