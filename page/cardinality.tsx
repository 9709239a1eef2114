import { useState } from 'preact/hooks';
import { format, whole } from '../src/hub/page/format.ts';
import type { MetricView } from '../src/hub/page/wire.ts';
import { addressOf, matches } from './explorer.tsx';
import { Name } from './name.tsx';

interface CardinalityProps {
  readonly metrics: readonly MetricView[];
  readonly limit: number;
}

/** Rows; the search finds the metrics beyond. */
const MAX_ROWS = 200;

/** The metrics with the most series, and the attributes that cause them. */
export function Cardinality({ metrics, limit }: CardinalityProps) {
  const [query, setQuery] = useState('');
  const all = metrics.reduce((sum, { series }) => sum + series, 0);
  const found = metrics.filter((metric) => matches(metric, query));
  const sorted = found.toSorted((a, b) => b.series - a.series || (a.name < b.name ? -1 : 1));
  return (
    <main class="cardinality">
      <h1>
        {whole(all)} series of {whole(metrics.length)} metrics
      </h1>
      <p class="description">
        A metric has a series for every combination of its attributes' values. Each instrument keeps at most{' '}
        {whole(limit)} series (PITOT_SERIES_LIMIT) and counts further combinations in one more.
      </p>
      <input
        class="filter"
        type="search"
        aria-label="Search metrics"
        placeholder="Search names, descriptions, attributes"
        value={query}
        onInput={(event) => setQuery(event.currentTarget.value)}
      />
      <div class="table-box">
        <table>
          <caption class="unseen">Series by metric</caption>
          <thead>
            <tr>
              <th scope="col" class="key">
                Metric
              </th>
              <th scope="col" class="number">
                Series
              </th>
              <th scope="col" class="number">
                Limit used
              </th>
              <th scope="col" class="key values">
                Values by attribute
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MAX_ROWS).map(({ key, name, series, isOverflowing, attributes }) => (
              <tr key={key}>
                <th scope="row" class="key main">
                  <a href={addressOf(key)}>
                    <Name text={name} />
                  </a>
                  {isOverflowing && <span class="badge">overflowing</span>}
                </th>
                <td class="number">{whole(series)}</td>
                <td class="number">{format(series / limit, 'ratio')}</td>
                <td class="key values">
                  {attributes.map(([attribute, values]) => (
                    <span class="label" key={attribute}>
                      <i>{attribute}</i> {whole(values)}
                    </span>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {sorted.length > MAX_ROWS && (
          <p class="hint">{whole(sorted.length - MAX_ROWS)} more metrics, with fewer series.</p>
        )}
      </div>
    </main>
  );
}
