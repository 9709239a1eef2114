import { useEffect, useState } from 'preact/hooks';
import type { Frame, MetricFrame, Point } from '../src/hub/page/wire.ts';

/** Points that are kept: a little more than the hub has. */
const MOST_POINTS = 1000;
/** Points of the line in a table's row. */
const SPARK_POINTS = 60;
/** Milliseconds for which the stream goes on when nobody sees the page. */
const HIDDEN_FOR = 20_000;
/** Milliseconds before a stream that was refused is asked for again. */
const RETRY = 2000;

/** The stream of one process or of all, of one metric or of everything. */
export function eventsAddress(query: { readonly process: string; readonly metric?: string }): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return `page/events?${new URLSearchParams(given)}`;
}

interface Streamed {
  readonly run: string;
  readonly isWhole: boolean;
  readonly times: readonly number[];
  readonly points: Readonly<Record<string, readonly Point[]>>;
}

/** A stream of frames, and the histories that they add up to. */
export class Live<F extends Streamed> {
  frame: F | undefined;
  isConnected = false;
  times: number[] = [];
  readonly points = new Map<string, Point[]>();
  private readonly url: string;
  private readonly listeners = new Set<() => void>();
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private position = '';

  /** @param url with a query, which may be empty */
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
      // The browser tries again by itself unless it was answered by something that is no stream.
      if (source.readyState !== EventSource.CLOSED || this.source !== source) return;
      this.source = undefined;
      this.timer = setTimeout(() => this.open(), RETRY);
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

  private take(frame: F): void {
    const isAnew = frame.isWhole || frame.run !== this.frame?.run;
    if (isAnew) {
      this.times = [];
      this.points.clear();
    }
    const before = this.times.length;
    this.times = [...this.times, ...frame.times].slice(-MOST_POINTS);
    for (const [id, added] of Object.entries(frame.points)) {
      const known = this.points.get(id) ?? new Array<null>(before).fill(null);
      this.points.set(id, [...known, ...added].slice(-MOST_POINTS));
    }
    this.frame = this.merge(frame, isAnew ? undefined : this.frame);
    this.isConnected = true;
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

/** Everything: what a frame leaves out because it has not changed is that of the frame before. */
export class LivePage extends Live<Frame> {
  protected override merge(frame: Frame, before: Frame | undefined): Frame {
    const metrics = frame.metrics ?? before?.metrics ?? [];
    return { ...frame, metrics, sections: frame.sections.map((section) => withSparks(section, before)) };
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

/** A stream for as long as it is shown, and the page is seen. */
export function useLive<F extends Frame | MetricFrame>(live: Live<F>): void {
  const [, redraw] = useState({});
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => live.close(), HIDDEN_FOR);
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
}
