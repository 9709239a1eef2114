import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { counter, exemplar, gauge, histogram, resourceMetrics, scope, upDownCounter } from './metrics.ts';

/** The metrics of a scrape, one of every kind, with exemplars. */
export function everyKind(): ResourceMetrics {
  return resourceMetrics(
    { 'service.name': 'shop' },
    scope(
      'lib',
      counter(
        { name: 'http.traffic', unit: 'By', help: 'Bytes by "code"\nand \\ method' },
        [{ 'http.code': 200, path: 'C:\\a\n"b"' }, 3, [exemplar(1, 1_700_000_010, 'a')]],
        [{ 'http.code': 500 }, 1e21],
      ),
      upDownCounter({ name: 'open' }, [{}, -1.5]),
      gauge({ name: 'load', unit: '1' }, [{ k: 'a' }, Number.NaN], [{ k: 'b' }, Number.NEGATIVE_INFINITY]),
      histogram({ name: 'wait', unit: 's', help: 'Waiting' }, [
        { le: 'x' },
        { boundaries: [0.00005, 1, 2_500_000], counts: [1, 2, 0, 4], sum: 12.25 },
        [exemplar(0.5, 1_700_000_010, 'b'), exemplar(0.75, 1_700_000_020, 'c'), exemplar(3e6, 1_700_000_030)],
      ]),
    ),
  );
}
