import type { MetricAdvice, MetricOptions } from '@opentelemetry/api';
import { diag } from '../base/diag.ts';
import { isRedaction, type Redactions } from './redaction.ts';

/**
 * What an application, or its contract, says of an instrument beyond what the API has options for: it is
 * given as `advice.limits`, because advice is what an SDK may follow or not.
 */
export interface LimitsAdvice {
  /** The most series, the overflow series included. */
  readonly seriesLimit?: number | undefined;
  /** Milliseconds after which a series that nothing is recorded into is removed; 0 keeps all. */
  readonly seriesIdle?: number | undefined;
  /** Values by attribute: series that have declared values alone keep their place, whatever came first. */
  readonly attributes?: Readonly<Record<string, readonly unknown[]>> | undefined;
  /** By attribute, what becomes of its values before they are stored. */
  readonly redact?: Redactions | undefined;
  /** Gauges only: how those of several processes become one. */
  readonly merge?: string | undefined;
}

export interface AdvisedOptions extends MetricOptions {
  advice?: MetricAdvice & { readonly limits?: LimitsAdvice };
}

const CHECKS: { readonly [Name in keyof LimitsAdvice]-?: (value: unknown) => boolean } = {
  seriesLimit: (value) => Number.isInteger(value) && Number(value) >= 1,
  seriesIdle: (value) => typeof value === 'number' && value >= 0,
  attributes: (value) => isRecord(value) && Object.values(value).every(Array.isArray),
  redact: (value) => isRecord(value) && Object.values(value).every(isRedaction),
  merge: (value) => typeof value === 'string',
};

/** The part of the advice that can be used; one warning names what cannot. Never throws. */
export function adviceOf(instrument: string, options: AdvisedOptions): LimitsAdvice {
  const given: unknown = options.advice?.limits;
  if (!isRecord(given)) return {};
  const known = Object.entries(CHECKS).flatMap(([name, isGood]) =>
    given[name] === undefined ? [] : [{ name, value: given[name], isGood: isGood(given[name]) }],
  );
  const bad = known.filter(({ isGood }) => !isGood).map(({ name }) => name);
  if (bad.length > 0) {
    diag.warn(
      `pitot: instrument '${instrument}' was created with advice that cannot be followed (${bad.join(', ')}); it is ignored.`,
    );
  }
  return Object.fromEntries(known.filter(({ isGood }) => isGood).map(({ name, value }) => [name, value]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
