import { KeyedHash } from '../../base/keyed-hash.ts';
import { ByPattern } from '../../base/name-patterns.ts';
import type { LimitsAdvice } from '../../model/advice.ts';
import type { InstrumentKind } from '../../model/protocol.ts';
import { RedactionRules, type Redactions, Redactor } from '../../model/redaction.ts';
import { DEFAULT_SERIES_LIMIT } from '../../model/series-limit.ts';

/** The pattern for every instrument; of idle times, for every one that keeps no total. */
const ALL = '*';

/** What the settings say of all instruments. Patterns are names in which `*` stands for any text. */
export interface LimitSettings {
  /** The most series of an instrument, the overflow series included. */
  readonly seriesLimit?: number;
  /** The same by patterns of instruments' names; the first that matches counts. */
  readonly seriesLimits?: Readonly<Record<string, number>>;
  /** Milliseconds after which an idle series is removed, by patterns. `*` alone stands for gauges and up-down counters. */
  readonly seriesIdle?: Readonly<Record<string, number>>;
  /** Every idle time is at least this long, in milliseconds: who collects now and then must not miss anything. */
  readonly minIdle?: number;
  readonly redact?: Redactions;
  /** The key of hashes; without one they are good for this recorder only. */
  readonly redactKey?: string | undefined;
}

/** What limits the instruments of one recorder: the settings, and for each instrument its advice. */
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

  /** The instrument's own setting, else its advice, else the setting for all. */
  seriesLimit(instrument: string, advice: LimitsAdvice): number {
    const { seriesLimit = DEFAULT_SERIES_LIMIT } = this.settings;
    return this.limits.get(instrument) ?? advice.seriesLimit ?? seriesLimit;
  }

  /**
   * Likewise. What counts keeps its series for ever unless it is named: of a counter that has gone and come
   * back, a reader who does not follow start times misses the first value.
   */
  seriesIdle(instrument: string, kind: InstrumentKind, advice: LimitsAdvice): number {
    if (kind.startsWith('observable')) return 0;
    const { seriesIdle = {}, minIdle = 0 } = this.settings;
    const general = kind === 'gauge' || kind === 'upDownCounter' ? seriesIdle[ALL] : undefined;
    const idle = this.idleTimes.get(instrument) ?? advice.seriesIdle ?? general ?? 0;
    return idle === 0 ? 0 : Math.max(idle, minIdle);
  }

  /** @param keeps which attributes are kept at all; without it, all */
  redactorOf(instrument: string, advice: LimitsAdvice, keeps?: (attribute: string) => boolean): Redactor {
    return new Redactor(this.rules, instrument, advice.redact ?? {}, keeps);
  }
}
