import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { diag } from '../base/diag.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import { matcherOf } from '../base/name-patterns.ts';
import { identityOf } from './attributes.ts';
import { isSensitive } from './sensitive-names.ts';

/**
 * The stored form of an attribute's values. `keep`: unchanged. `drop`: left out. `redact`: `REDACTED`.
 * `hash`: a keyed hash. `alias`: the alias in the list, or `_OTHER` for a value without one.
 */
export type Redaction =
  | 'keep'
  | 'drop'
  | 'redact'
  | 'hash'
  | { readonly alias: Readonly<Record<string, string>> };

const ACTIONS: readonly unknown[] = ['keep', 'drop', 'redact', 'hash'];

/** Whether a value of any type is a {@link Redaction}. */
export function isRedaction(given: unknown): given is Redaction {
  if (typeof given !== 'object' || given === null) return ACTIONS.includes(given);
  const aliases = 'alias' in given ? given.alias : undefined;
  if (typeof aliases !== 'object' || aliases === null || aliases instanceof Map) return false;
  return Object.values(aliases).every((alias) => typeof alias === 'string');
}

/** By `attribute` or `instrument:attribute`. In both, `*` stands for any text. The first match counts. */
export type Redactions = Readonly<Record<string, Redaction>>;

/** The semantic conventions replace secrets by this. (`url.query`, "Sensitive content") */
const REDACTED = 'REDACTED';
/** The semantic conventions' value for anything unknown. */
const OTHER = '_OTHER';

/** Each instrument caches the treatment of this many attribute names. It works out that of others each time. */
const MAX_REMEMBERED_NAMES = 1000;

/** The stored form of a value; `undefined` leaves the attribute out. */
type Replace = (value: AttributeValue) => AttributeValue;

const leaveOut: Replace = () => undefined;

/** The rules of one recorder, from the settings. */
export class RedactionRules {
  private readonly rules: readonly {
    readonly instrument: (name: string) => boolean;
    readonly attribute: (name: string) => boolean;
    readonly redaction: Redaction;
  }[];
  private readonly hash: KeyedHash;
  private hasNoticed = false;

  constructor(redactions: Redactions, hash: KeyedHash) {
    this.hash = hash;
    this.rules = Object.entries(redactions).map(([written, redaction]) => {
      const colon = written.indexOf(':');
      const instrument = colon === -1 ? '*' : written.slice(0, colon);
      return { instrument: matcherOf(instrument), attribute: matcherOf(written.slice(colon + 1)), redaction };
    });
  }

  /**
   * The replacement of an attribute's values; `undefined` if pitot stores them unchanged. The settings take precedence,
   * then the advice of the instrument, then the default for sensitive names.
   */
  replacementFor(instrument: string, attribute: string, advised: Redactions): Replace | undefined {
    const rule = this.rules.find((one) => one.instrument(instrument) && one.attribute(attribute));
    const own = Object.keys(advised).find((pattern) => matcherOf(pattern)(attribute));
    const redaction = rule?.redaction ?? (own === undefined ? undefined : advised[own]);
    if (redaction !== undefined) return this.replaceBy(redaction);
    if (!isSensitive(attribute)) return undefined;
    return (value) => {
      // Showing whether a password exists does not reveal it.
      if (typeof value === 'boolean') return value;
      this.notice(instrument, attribute);
      return REDACTED;
    };
  }

  private replaceBy(redaction: Redaction): Replace | undefined {
    if (typeof redaction === 'object') {
      const aliases = new Map(Object.entries(redaction.alias));
      return (value) => aliases.get(textOf(value)) ?? OTHER;
    }
    switch (redaction) {
      case 'keep':
        return undefined;
      case 'drop':
        return leaveOut;
      case 'redact':
        return () => REDACTED;
      case 'hash':
        return (value) => this.hash.of(typeof value === 'string' ? value : `\0${textOf(value)}`);
    }
  }

  private notice(instrument: string, attribute: string): void {
    if (this.hasNoticed) return;
    this.hasNoticed = true;
    diag.warn(
      `pitot: instrument '${instrument}' has an attribute '${attribute}', which by its name holds a credential; its ` +
        `values are recorded as ${REDACTED}, and so are those of every other attribute with such a name. Leave it ` +
        `out, or say what to do with it: PITOT_REDACT=${attribute}=keep, =hash or =drop. Said once.`,
    );
  }
}

/** The text of a value, whatever its type. */
function textOf(value: AttributeValue): string {
  return typeof value === 'string' ? value : String(identityOf(value));
}

/** The rules for one instrument. */
export class Redactor {
  private readonly rules: RedactionRules;
  private readonly instrument: string;
  private readonly advised: Redactions;
  private readonly keeps: (attribute: string) => boolean;
  /** By attribute; `null` for attributes that are stored unchanged. */
  private readonly known = new Map<string, Replace | null>();

  constructor(
    rules: RedactionRules,
    instrument: string,
    advised: Redactions,
    keeps: (attribute: string) => boolean = () => true,
  ) {
    this.rules = rules;
    this.instrument = instrument;
    this.advised = advised;
    this.keeps = keeps;
  }

  redacts(attribute: string): boolean {
    return this.replacementFor(attribute) !== null;
  }

  /** The attributes to store: the same object when nothing is redacted, otherwise a copy. */
  redact(attributes: Attributes): Attributes {
    const isClean = Object.keys(attributes).every(
      (name) => attributes[name] === undefined || !this.redacts(name),
    );
    if (isClean) return attributes;
    return Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => {
        const replace = value === undefined ? null : this.replacementFor(name);
        return [name, replace === null ? value : replace(value)];
      }),
    );
  }

  private replacementFor(attribute: string): Replace | null {
    let replace = this.known.get(attribute);
    if (replace === undefined) {
      replace = this.keeps(attribute)
        ? (this.rules.replacementFor(this.instrument, attribute, this.advised) ?? null)
        : leaveOut;
      if (this.known.size < MAX_REMEMBERED_NAMES) this.known.set(attribute, replace);
    }
    return replace;
  }
}
