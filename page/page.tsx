import 'uplot/dist/uPlot.min.css';
import './page.css';
import { render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { StallEntry } from '../src/hub/page/wire.ts';
import { Cardinality } from './cardinality.tsx';
import { Explorer } from './explorer.tsx';
import { Header, type Tab } from './header.tsx';
import { eventsAddress, LivePage, useLive } from './live.ts';
import { useMetrics } from './metric-list.ts';
import { Operation } from './operation.tsx';
import { type OperationPlace, operationAt } from './operation-place.ts';
import { Overview } from './overview.tsx';
import { RangeProvider, useRangeState } from './range.tsx';
import { StallsProvider } from './stalls-in-sight.tsx';
import { useTheme } from './theme.ts';

const NO_STALLS: readonly StallEntry[] = [];

function Page() {
  const [process, chooseProcess] = useProcess();
  const live = useMemo(() => new LivePage(eventsAddress({ process })), [process]);
  const range = useRangeState();
  const shown = useLive(live, range.range.isPaused);
  const { frame } = shown;
  const [theme, toggleTheme] = useTheme();
  const { tab, metric, operation } = usePlace();
  const metrics = useMetrics(tab !== 'overview', process, frame);
  const { isConnected } = live;
  const service = frame?.health.service;
  useEffect(() => {
    if (service !== undefined) document.title = `${service} · pitot`;
  }, [service]);
  return (
    <div class={isConnected ? 'live' : 'lost'}>
      <Header frame={live.frame} {...{ isConnected, tab, theme, toggleTheme, chooseProcess }} />
      <RangeProvider value={range}>
        <StallsProvider value={frame?.stalls ?? NO_STALLS}>
          {tab === 'metrics' && metrics !== undefined ? (
            <Explorer selected={metric} {...{ metrics, theme, process }} />
          ) : frame === undefined || (tab !== 'overview' && metrics === undefined) ? (
            <main aria-busy="true" />
          ) : tab === 'cardinality' && metrics !== undefined ? (
            <Cardinality metrics={metrics} limit={frame.seriesLimit} />
          ) : operation !== undefined ? (
            <Operation place={operation} {...{ frame, theme, process }} live={shown} />
          ) : (
            <Overview frame={frame} live={shown} theme={theme} />
          )}
        </StallsProvider>
      </RangeProvider>
    </div>
  );
}

/**
 * The place in the address' fragment: `#metrics=<key>`, `#cardinality`, `#operation=<section and key>`, or the overview.
 */
function usePlace(): { tab: Tab; metric: string; operation: OperationPlace | undefined } {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const changed = () => setFragment(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const [, name, key = ''] = /^#([a-z]*)=?(.*)$/s.exec(fragment) ?? [];
  const tab = name === 'metrics' || name === 'cardinality' ? name : 'overview';
  const value = decodeURIComponent(key);
  return { tab, metric: value, operation: name === 'operation' ? operationAt(value) : undefined };
}

/** The selected process from the address' `?process=`, or '' for all. */
function useProcess(): [process: string, choose: (process: string) => void] {
  const [process, setProcess] = useState(() => new URLSearchParams(location.search).get('process') ?? '');
  const choose = (chosen: string) => {
    const query = chosen === '' ? '' : `?${new URLSearchParams({ process: chosen })}`;
    history.replaceState(null, '', `${location.pathname}${query}${location.hash}`);
    setProcess(chosen);
  };
  return [process, choose];
}

const root = document.getElementById('page');
if (root !== null) {
  // The document has a first header, which is painted before this script runs.
  root.replaceChildren();
  render(<Page />, root);
}
