import { KeyedHash } from '../../base/keyed-hash.ts';
import { ByPattern } from '../../base/name-patterns.ts';
import type { LimitsAdvice } from '../../model/advice.ts';
import type { InstrumentKind } from '../../model/protocol.ts';
import { RedactionRules, type Redactions, Redactor } from '../../model/redaction.ts';
import { DEFAULT_SERIES_LIMIT } from '../../model/series-limit.ts';

/** The pattern for every instrument. In idle times it stands for gauges and up-down counters. */
const ALL = '*';

/** The limits in the settings. In patterns of names `*` stands for any text. */
export interface LimitSettings {
  /** The most series of an instrument, the overflow series included. */
  readonly seriesLimit?: number;
  /** The same by patterns of instrument names; the first match counts. */
  readonly seriesLimits?: Readonly<Record<string, number>>;
  /** Milliseconds after which pitot removes an idle series, by patterns. `*` alone stands for gauges and up-down counters. */
  readonly seriesIdle?: Readonly<Record<string, number>>;
  /** The shortest idle time, in milliseconds: a reader that collects rarely must not miss a value. */
  readonly minIdle?: number;
  readonly redact?: Redactions;
  /** The key of hashes. Without one, every recorder hashes differently. */
  readonly redactKey?: string | undefined;
}

/** The limits of one recorder's instruments: the settings, and the advice of each instrument. */
export class Limits {
  private readonly settings: LimitSettings;
  private readonly limits: ByPattern<number>;
  private readonly idleTimes: ByPattern<number>;
  private readonly rules: RedactionRules;

  constructor(settings: LimitSettings) {
    this.settings = settings;
    const { seriesLimits = {}, seriesIdle = {}, redact = {}, redactKey } = settings;
    const { [ALL]: _, ...named } = seriesIdle;
    this.limits = new ByPattern(seriesLimits);
    this.idleTimes = new ByPattern(named);
    this.rules = new RedactionRules(redact, new KeyedHash(redactKey));
  }

  /** The setting for this instrument, else its advice, else the setting for all. */
  seriesLimit(instrument: string, advice: LimitsAdvice): number {
    const { seriesLimit = DEFAULT_SERIES_LIMIT } = this.settings;
    return this.limits.get(instrument) ?? advice.seriesLimit ?? seriesLimit;
  }

  /**
   * Likewise. Counters and histograms keep their series for ever unless a pattern names them: when a counter goes and
   * comes back, a reader that ignores start times misses its first value.
   */
  seriesIdle(instrument: string, kind: InstrumentKind, advice: LimitsAdvice): number {
    if (kind.startsWith('observable')) return 0;
    const { seriesIdle = {}, minIdle = 0 } = this.settings;
    const general = kind === 'gauge' || kind === 'upDownCounter' ? seriesIdle[ALL] : undefined;
    const idle = this.idleTimes.get(instrument) ?? advice.seriesIdle ?? general ?? 0;
    return idle === 0 ? 0 : Math.max(idle, minIdle);
  }

  /** @param keeps which attributes the instrument keeps; without it, all */
  redactorOf(instrument: string, advice: LimitsAdvice, keeps?: (attribute: string) => boolean): Redactor {
    return new Redactor(this.rules, instrument, advice.redact ?? {}, keeps);
  }
}
