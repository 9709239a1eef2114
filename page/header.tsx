import { longDuration, whole } from '../src/hub/page/format.ts';
import type { Frame, HealthView, ServiceState } from '../src/hub/page/wire.ts';
import { Profile } from './profile.tsx';
import type { Theme } from './theme.ts';

export type Tab = 'overview' | 'metrics' | 'cardinality';

const TABS: readonly (readonly [Tab, string])[] = [
  ['overview', 'Overview'],
  ['metrics', 'Metrics'],
  ['cardinality', 'Cardinality'],
];

interface HeaderProps {
  readonly frame: Frame | undefined;
  readonly isConnected: boolean;
  readonly tab: Tab;
  readonly theme: Theme;
  readonly toggleTheme: () => void;
  /** '' for all processes. */
  readonly chooseProcess: (process: string) => void;
}

/** The service's name and health, the tabs, and the process selector. */
export function Header({ frame, isConnected, tab, theme, toggleTheme, chooseProcess }: HeaderProps) {
  const health = frame?.health;
  const { level, text, detail } = stateOf(health, isConnected);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <header>
      <div class="bar">
        <div class="who">
          <span class="service">{health?.service ?? ' '}</span>
          <span class="version">{health?.version}</span>
          <span class={`state ${level}`} role="status" title={detail}>
            {text}
          </span>
          <ProcessChoice frame={frame} choose={chooseProcess} />
        </div>
        <nav aria-label="Pages">
          {TABS.map(([id, title]) => (
            <a key={id} href={`#${id}`} aria-current={id === tab ? 'page' : undefined}>
              {title}
            </a>
          ))}
          {health !== undefined && <Profile service={health.service} />}
          <button type="button" class="theme" aria-label={`Use the ${other} theme`} onClick={toggleTheme}>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
              <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.4" />
              <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
            </svg>
          </button>
        </nav>
      </div>
      <dl class="health" aria-label="Health">
        {factsOf(health).map(([title, value, isBad]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd class={isBad ? 'bad' : undefined}>
              {title === 'Stalls' && isBad ? <a href="#section-stalls">{value}</a> : value}
            </dd>
          </div>
        ))}
      </dl>
    </header>
  );
}

interface ProcessChoiceProps {
  readonly frame: Frame | undefined;
  readonly choose: (process: string) => void;
}

/** Selects one of several processes. When a selected process ends, the page shows all processes. */
function ProcessChoice({ frame, choose }: ProcessChoiceProps) {
  if (frame === undefined || (frame.processes.length === 0 && frame.process === null)) return null;
  const shown = frame.process === null ? '' : String(frame.process);
  return (
    <select
      class="process"
      aria-label="Process"
      value={shown}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      <option value="">All processes</option>
      {frame.processes.map((process) => (
        <option key={process} value={String(process)}>
          Process {process}
        </option>
      ))}
    </select>
  );
}

function stateOf(health: HealthView | undefined, isConnected: boolean): ServiceState {
  if (health !== undefined && isConnected) return health.state;
  const text = health === undefined ? 'Connecting' : 'Connection lost, reconnecting';
  return { level: 'unknown', text, detail: '' };
}

function factsOf(health: HealthView | undefined): [title: string, value: string, isBad: boolean][] {
  const stale = health === undefined || health.stale === 0 ? '' : ` + ${health.stale} silent`;
  const stalls = health?.stalls;
  const stalled = stalls === undefined || stalls.count === 0 ? '' : `, ${longDuration(stalls.seconds)}`;
  // The uptime grows constantly. It comes last, so that it does not move its neighbours.
  return [
    ['Runtime', health?.runtime ?? '–', false],
    ['Processes', health === undefined ? '–' : `${health.processes}${stale}`, stale !== ''],
    ['Threads', health === undefined ? '–' : `${health.threads}`, false],
    ['Stalls', stalls === undefined ? '–' : `${whole(stalls.count)}${stalled}`, (stalls?.count ?? 0) > 0],
    ['Uptime', longDuration(health?.uptime ?? null), false],
  ];
}
