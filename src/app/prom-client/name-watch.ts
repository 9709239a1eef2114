import { diag } from '../../base/diag.ts';
import { PROM_CLIENT_ONLY_METRICS } from '../../contract/prom-client-defaults.ts';
import type { InstrumentDescription } from '../../model/protocol.ts';
import { METRIC_KINDS } from '../../naming/names.ts';
import { createNaming, type Naming, type TranslationStrategy } from '../../naming/naming.ts';
import type { InstrumentState } from '../record/instrument-state.ts';

/** Warns once of each bridged metric whose name changes in Prometheus, or collides there with another metric's name. */
export class NameWatch {
  private readonly scope: string;
  private readonly seen = new Set<string>();

  /** @param scope the scope of the bridge's instruments, and of no others */
  constructor(scope: string) {
    this.scope = scope;
  }

  /**
   * @param streams all exported streams. Those without series take no name.
   * @param strategy how the endpoint translates names
   */
  look(
    streams: readonly Pick<InstrumentState, 'described' | 'index'>[],
    strategy: TranslationStrategy,
  ): void {
    const naming = createNaming(strategy, 'allow-utf-8');
    const nameOf = (instrument: InstrumentDescription) => nameIn(naming, instrument);
    const served = streams.filter(({ index }) => !index.isEmpty).map(({ described }) => described);
    const isBridged = ({ scope }: InstrumentDescription) => scope.name === this.scope;
    const bridged = served.filter(isBridged);
    const isNew = (warning: string) => !this.seen.has(warning) && this.seen.add(warning);

    const renamed = bridged
      .filter((instrument) => nameOf(instrument) !== instrument.name)
      .map((instrument) => `'${instrument.name}' becomes '${nameOf(instrument)}'`)
      .filter(isNew);
    if (renamed.length > 0) {
      diag.warn(
        'pitot: some bridged metrics have names that OpenTelemetry gives to Prometheus in another form: ' +
          `${renamed.join(', ')}. Change what asks for them.`,
      );
    }
    const owners = new Map<string | undefined, InstrumentDescription>();
    for (const other of served) if (!isBridged(other) && !givesWay(other)) owners.set(nameOf(other), other);
    for (const instrument of bridged) {
      const name = nameOf(instrument);
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, instrument);
      else if (isNew(instrument.name)) this.warnOfCollision(instrument, owner, name);
    }
  }

  private warnOfCollision(
    instrument: InstrumentDescription,
    owner: InstrumentDescription,
    name: string | undefined,
  ): void {
    const of = owner.scope.name === this.scope ? 'the bridge' : `'${owner.scope.name}'`;
    diag.warn(
      `pitot: the bridged metric '${instrument.name}' and '${owner.name}' of ${of} have one name in Prometheus, ` +
        `'${name}'. Rename one of them. Where they count the same, leave the bridged one out: ` +
        `bridgePromClient(registry, { omit: ['${instrument.name}'] }).`,
    );
  }
}

/** pitot's metric under a name of prom-client's is not served if the registry has one of that name. */
function givesWay({ name, scope }: InstrumentDescription): boolean {
  return scope.name.startsWith('pitot/') && name in PROM_CLIENT_ONLY_METRICS;
}

function nameIn(naming: Naming, { name, unit, kind }: InstrumentDescription): string | undefined {
  return naming.family(name, unit, METRIC_KINDS[kind]);
}
