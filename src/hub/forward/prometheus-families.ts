import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import type { Config } from '../../config/settings/table.ts';
import type { Escaping } from '../../naming/escaping.ts';
import { createDefaultMetrics } from '../expose/default-metrics.ts';
import type { Family } from '../expose/families.ts';
import { createTranslate } from '../expose/translate.ts';
import { warnOnce } from '../expose/warnings.ts';

/**
 * Makes the function from metrics to the families that the endpoint would serve, for forwarders in Prometheus' formats.
 *
 * @param escaping what names the receiver can take
 */
export function createFamilies(
  config: Config,
  escaping: Escaping,
): (metrics: ResourceMetrics) => Promise<readonly Family[]> {
  const withDefaultMetrics = createDefaultMetrics(config.defaultMetrics);
  const translate = createTranslate({
    strategy: config.translationStrategy,
    scopeLabels: config.scopeLabels,
    warn: warnOnce((message) => diag.warn(message)),
  });
  return (metrics) => translate(withDefaultMetrics(metrics), escaping);
}
