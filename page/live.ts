import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Frame, MetricFrame, OperationFrame, Point } from '../src/hub/page/wire.ts';
import { changeOf } from './change.ts';
import type { Mark } from './histories.ts';
import { keepMarks, marksOf } from './kept-marks.ts';

/** Number of points to keep: slightly more than the hub keeps. */
const MAX_POINTS = 1000;
/** Number of points of a table row's line. */
const SPARK_POINTS = 60;
/** Milliseconds until a hidden page closes its stream. */
const HIDDEN_TIMEOUT_MS = 20_000;
/** Milliseconds until the next attempt after a rejected stream. */
const RETRY_DELAY_MS = 2000;

interface StreamQuery {
  readonly process: string;
  readonly metric?: string;
  readonly section?: string;
  /** The key of a row of the section's table, as JSON. */
  readonly operation?: string;
}

/** The address of a stream: for one process or all; for one metric, for one operation, or for all sections. */
export function eventsAddress(query: StreamQuery): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return `page/events?${new URLSearchParams(given)}`;
}

interface Streamed {
  readonly run: string;
  readonly isWhole: boolean;
  readonly times: readonly number[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
}

/** A stream of frames, with the histories built from them. */
export class Live<F extends Streamed> {
  frame: F | undefined;
  isConnected = false;
  times: number[] = [];
  marks: readonly Mark[] = [];
  readonly points = new Map<string, Point[]>();
  private readonly url: string;
  private readonly listeners = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private position = '';

  /** @param url must contain a query, which may be empty */
  constructor(url: string) {
    this.url = url;
  }

  open(): void {
    clearTimeout(this.timer);
    if (this.source !== undefined) return;
    const after = this.position === '' ? '' : `&after=${encodeURIComponent(this.position)}`;
    const source = new EventSource(this.url + after);
    this.source = source;
    source.onmessage = ({ data, lastEventId }) => {
      this.position = lastEventId;
      this.take(JSON.parse(data));
    };
    source.onerror = () => {
      this.isConnected = false;
      this.tell();
      // The browser reconnects by itself, unless the response was not an event stream.
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.source = undefined;
      this.timer = setTimeout(() => this.open(), RETRY_DELAY_MS);
    };
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected merge(frame: F, _before: F | undefined): F {
    return frame;
  }

  /** Why the history before this frame belongs in front of it although the frame has none; undefined if it does not. */
  protected markOf(_frame: F, _before: F | undefined): string | undefined {
    return undefined;
  }

  /** Marks that an earlier load of the page has set. */
  protected marksBefore(_frame: F): readonly Mark[] {
    return [];
  }

  /** Called with new marks. */
  protected marked(_frame: F): void {}

  private take(frame: F): void {
    const isAnew = frame.isWhole || frame.run !== this.frame?.run;
    const mark = isAnew ? this.markOf(frame, this.frame) : undefined;
    if (isAnew && mark === undefined) {
      this.times = [];
      this.marks = this.marksBefore(frame);
      this.points.clear();
    }
    const [first] = frame.times;
    if (mark !== undefined && first !== undefined) {
      // A point without values: no line connects what was before with what comes after.
      this.times = [...this.times, first - 1];
      for (const [id, known] of this.points) this.points.set(id, [...known, null].slice(-MAX_POINTS));
      this.marks = [...this.marks, { time: first, text: mark }];
      this.marked(frame);
    }
    const before = this.times.length;
    this.times = [...this.times, ...frame.times].slice(-MAX_POINTS);
    for (const [id, added] of Object.entries(frame.points)) {
      const known = this.points.get(id) ?? new Array<null>(before).fill(null);
      this.points.set(id, [...known, ...added].slice(-MAX_POINTS));
    }
    // Lines that the frame no longer has stay in step with the times.
    for (const [id, known] of this.points) {
      if (!(id in frame.points))
        this.points.set(id, [...known, ...frame.times.map(() => null)].slice(-MAX_POINTS));
    }
    this.frame = this.merge(frame, isAnew ? undefined : this.frame);
    this.isConnected = true;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** The stream of all sections. A frame leaves out unchanged parts; they come from the previous frame. */
export class LivePage extends Live<Frame> {
  protected override merge(frame: Frame, before: Frame | undefined): Frame {
    const stalls = frame.stalls ?? before?.stalls ?? [];
    return {
      ...frame,
      stalls,
      sections: frame.sections.map((section) => withSparks(section, before)),
    };
  }

  protected override markOf(frame: Frame, before: Frame | undefined): string | undefined {
    return before && changeOf(frame, before);
  }

  protected override marksBefore(frame: Frame): readonly Mark[] {
    return marksOf(frame);
  }

  protected override marked(frame: Frame): void {
    keepMarks(frame, this.marks);
  }
}

/** Milliseconds of the history of a heat map. */
const HEAT_MS = 15 * 60_000;

/** The stream of one row's own view. */
export class LiveOperation extends Live<OperationFrame> {
  protected override merge(frame: OperationFrame, before: OperationFrame | undefined): OperationFrame {
    const added = new Set(frame.heat.map(({ time }) => time));
    const oldest = (frame.times.at(-1) ?? 0) - HEAT_MS;
    const known = before?.heat.filter(({ time }) => time > oldest && !added.has(time)) ?? [];
    return { ...frame, heat: [...known, ...frame.heat] };
  }
}

type Section = Frame['sections'][number];

function withSparks(section: Section, before: Frame | undefined): Section {
  const { table } = section;
  const known = before?.sections.find(({ id }) => id === section.id)?.table;
  if (table === undefined || known === undefined) return section;
  const sparks = new Map(known.rows.map(({ key, spark }) => [key.join('\n'), spark]));
  const rows = table.rows.map((row) => {
    const spark = [...(sparks.get(row.key.join('\n')) ?? []), ...row.spark].slice(-SPARK_POINTS);
    return { ...row, spark };
  });
  return { ...section, table: { ...table, rows } };
}

/** The part of a stream that components show: its present state or, during a pause, the state when that began. */
export type Shown<F extends Streamed> = Pick<Live<F>, 'frame' | 'times' | 'points' | 'marks'>;

/** Keeps the stream open while the component is mounted and the page is visible. During a pause it goes on unseen. */
export function useLive<F extends Frame | MetricFrame | OperationFrame>(
  live: Live<F>,
  isPaused: boolean,
): Shown<F> {
  const [, redraw] = useState({});
  // Before the next paint, for which other effects wait.
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => live.close(), HIDDEN_TIMEOUT_MS);
      else live.open();
    };
    const forget = live.listen(() => redraw({}));
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(timer);
      forget();
      live.close();
    };
  }, [live]);
  const held = useRef<{ readonly of: Live<F>; readonly shown: Shown<F> } | undefined>(undefined);
  if (!isPaused || held.current?.of !== live) held.current = undefined;
  if (isPaused && live.frame !== undefined) {
    const { frame, times, points, marks } = live;
    held.current ??= { of: live, shown: { frame, times, points: new Map(points), marks } };
  }
  return held.current?.shown ?? live;
}
