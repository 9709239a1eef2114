import 'uplot/dist/uPlot.min.css';
import './page.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Cardinality } from './cardinality.tsx';
import { Explorer } from './explorer.tsx';
import { Header, type Tab } from './header.tsx';
import { LivePage, useLive } from './live.ts';
import { Overview } from './overview.tsx';
import { useTheme } from './theme.ts';

const live = new LivePage('page/events');

function Page() {
  useLive(live);
  const [theme, toggleTheme] = useTheme();
  const { tab, metric } = usePlace();
  const { frame, isConnected } = live;
  const service = frame?.health.service;
  useEffect(() => {
    if (service !== undefined) document.title = `${service} · pitot`;
  }, [service]);
  return (
    <div class={isConnected ? 'live' : 'lost'}>
      <Header health={frame?.health} {...{ isConnected, tab, theme, toggleTheme }} />
      {frame === undefined ? (
        <main aria-busy="true" />
      ) : tab === 'metrics' ? (
        <Explorer metrics={frame.metrics ?? []} selected={metric} theme={theme} />
      ) : tab === 'cardinality' ? (
        <Cardinality metrics={frame.metrics ?? []} limit={frame.seriesLimit} />
      ) : (
        <Overview frame={frame} live={live} theme={theme} />
      )}
    </div>
  );
}

/** What the address' fragment names: `#metrics=<key>`, `#cardinality`, or the overview. */
function usePlace(): { tab: Tab; metric: string } {
  const [fragment, setFragment] = useState(location.hash);
  useEffect(() => {
    const changed = () => setFragment(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const [, name, key = ''] = /^#([a-z]*)=?(.*)$/s.exec(fragment) ?? [];
  const tab = name === 'metrics' || name === 'cardinality' ? name : 'overview';
  return { tab, metric: decodeURIComponent(key) };
}

const root = document.getElementById('page');
if (root !== null) render(<Page />, root);
