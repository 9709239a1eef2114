import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which alert is raised. */
export interface AlertOptions {
  /** `alert.severity`, in the service's own words: `critical`, `warning`, … */
  readonly severity: string;
  /** `alert.name`: the name of the rule that the alert is raised by. */
  readonly name?: string | undefined;
}

/**
 * Metrics of alerts that a service raises itself, by `alert.severity` and, if it was given, `alert.name`.
 * The semantic conventions have none. (What Prometheus finds wrong by these metrics is Alertmanager's.)
 *
 * - `alert.raised` (counter, {alert}): alerts that were raised.
 * - `alert.active` (up-down counter, {alert}): alerts that have not been cleared.
 */
export interface Alert {
  /**
   * Raises an alert, which is active until its end or, in the function form, until the callback is done.
   *
   * ```ts
   * firing ??= alert.firing({ severity: 'critical', name: 'disk-full' });   // it is full
   * firing?.end();                                                          // it no longer is
   * ```
   */
  readonly firing: Timed<AlertOptions, Measured>;
}

/** Counts alerts that the service raises itself: see {@link Alert}. */
export const alert: Alert = {
  firing: timed('alert.firing', (options) => new FiringScope(options)),
};

const WHICH = {
  'alert.severity': { type: 'string', known: ['critical', 'error', 'warning', 'info'] },
  'alert.name': { type: 'string', optional: true, description: 'The rule it was raised by, if given.' },
} as const;

export const alertMetrics = defineMetrics(
  'alert',
  {
    raised: {
      kind: 'counter',
      unit: '{alert}',
      description: 'Number of alerts that the service raised.',
      attributes: WHICH,
    },
    active: {
      kind: 'upDownCounter',
      unit: '{alert}',
      description: 'Number of alerts of the service that have not been cleared.',
      attributes: WHICH,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Alerts of the service itself',
    introduction: 'By `alert.firing()` of `pitot/instruments`.',
  },
);

const severities = new BoundedValues('alert.severity', /^[A-Za-z0-9][\w.-]{0,31}$/);
const names = new BoundedValues('alert.name', /^[A-Za-z][\w.:/-]{0,127}$/);

class FiringScope extends Scope {
  private readonly state;

  constructor(options: Partial<AlertOptions>) {
    super();
    this.state = safely('alert.firing', () => {
      const { raised, active } = alertMetrics;
      const { severity, name } = options;
      const which = {
        'alert.severity': severities.admit(severity),
        ...(name !== undefined && { 'alert.name': names.admit(name) }),
      };
      raised.add(1, which);
      active.add(1, which);
      return { active, which };
    });
  }

  protected override record(): void {
    this.state?.active.add(-1, this.state.which);
  }
}
