import type { HeapProfiler, Profiler, Runtime } from 'node:inspector';
import { Function as Func, Line, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format';

/** Sampling intervals: 100 Hz, and 512 KiB, as in Go. */
export const CPU_INTERVAL_US = 10_000;
export const HEAP_INTERVAL_BYTES = 512 * 1024;

/** V8's name for time without work, which no CPU profile counts. */
const IDLE = '(idle)';

type CallFrame = Runtime.CallFrame;

/** Builds the tables of profile.proto, in which strings, functions and locations are numbers. */
class Tables {
  readonly strings = new StringTable();
  readonly functions: Func[] = [];
  readonly locations: Location[] = [];
  private readonly functionIds = new Map<string, number>();
  private readonly locationIds = new Map<string, number>();

  type(type: string, unit: string): ValueType {
    return new ValueType({ type: this.strings.dedup(type), unit: this.strings.dedup(unit) });
  }

  location({ functionName, url, lineNumber, columnNumber }: CallFrame, line = lineNumber + 1): number {
    const name = functionName === '' ? '(anonymous)' : functionName;
    const functionId = idOf(this.functionIds, [name, url, lineNumber, columnNumber], (id) => {
      const [nameId, filename] = [this.strings.dedup(name), this.strings.dedup(url)];
      this.functions.push(
        new Func({ id, name: nameId, systemName: nameId, filename, startLine: Math.max(0, lineNumber + 1) }),
      );
    });
    return idOf(this.locationIds, [functionId, line], (id) => {
      const lines = [new Line({ functionId, line: Math.max(0, line) })];
      this.locations.push(new Location({ id, line: lines }));
    });
  }
}

function idOf(ids: Map<string, number>, parts: readonly unknown[], add: (id: number) => void): number {
  const key = JSON.stringify(parts);
  const known = ids.get(key);
  if (known !== undefined) return known;
  const id = ids.size + 1;
  ids.set(key, id);
  add(id);
  return id;
}

/** @param startedAt milliseconds since the epoch */
export function cpuProfile(profile: Profiler.Profile, startedAt: number): Uint8Array {
  const tables = new Tables();
  const times = timesByNode(profile);
  const sample: Sample[] = [];
  for (const { node, callers } of nodesOf(profile.nodes)) {
    const { callFrame, hitCount = 0, positionTicks = [] } = node;
    const time = times.get(node.id) ?? 0;
    if (hitCount === 0 || callFrame.functionName === IDLE) continue;
    const known = positionTicks.reduce((sum, { ticks }) => sum + ticks, 0);
    const lines: { line?: number; ticks: number }[] = [...positionTicks, { ticks: hitCount - known }];
    for (const { line, ticks } of lines) {
      if (ticks <= 0) continue;
      const value = [ticks, Math.round((time * ticks * 1000) / hitCount)];
      const locationId = [tables.location(callFrame, line), ...callers.map((one) => tables.location(one))];
      sample.push(new Sample({ locationId, value }));
    }
  }
  const sampleType = [tables.type('samples', 'count'), tables.type('cpu', 'nanoseconds')];
  return encoded(tables, sample, {
    sampleType,
    periodType: tables.type('cpu', 'nanoseconds'),
    period: CPU_INTERVAL_US * 1000,
    timeNanos: BigInt(Math.round(startedAt)) * 1_000_000n,
    durationNanos: Math.round((profile.endTime - profile.startTime) * 1000),
  });
}

/** Memory that was allocated during the profile and is still in use. */
export function heapProfile(profile: HeapProfiler.SamplingHeapProfile, startedAt: number): Uint8Array {
  const tables = new Tables();
  const sample: Sample[] = [];
  const pending: { node: HeapProfiler.SamplingHeapProfileNode; callers: readonly CallFrame[] }[] = [
    { node: profile.head, callers: [] },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, callers } = next;
    const isRoot = node === profile.head;
    const stack = isRoot ? [] : [node.callFrame, ...callers];
    if (node.selfSize > 0 && !isRoot) {
      const locationId = stack.map((frame) => tables.location(frame));
      sample.push(new Sample({ locationId, value: [node.selfSize] }));
    }
    for (const child of node.children) pending.push({ node: child, callers: stack });
  }
  return encoded(tables, sample, {
    sampleType: [tables.type('inuse_space', 'bytes')],
    periodType: tables.type('space', 'bytes'),
    period: HEAP_INTERVAL_BYTES,
    timeNanos: BigInt(Math.round(startedAt)) * 1_000_000n,
    durationNanos: 0,
  });
}

function encoded(
  { strings, functions, locations }: Tables,
  sample: Sample[],
  rest: Pick<Profile, 'sampleType' | 'period' | 'timeNanos' | 'durationNanos'> & { periodType: ValueType },
): Uint8Array {
  return new Profile({
    ...rest,
    sample,
    stringTable: strings,
    function: functions,
    location: locations,
  }).encode();
}

/** Microseconds of the samples of each node. */
function timesByNode({ samples = [], timeDeltas = [] }: Profiler.Profile): Map<number, number> {
  const times = new Map<number, number>();
  for (const [i, id] of samples.entries()) {
    times.set(id, (times.get(id) ?? 0) + Math.max(0, timeDeltas[i] ?? 0));
  }
  return times;
}

/** The nodes with their callers, the nearest first and without the root. */
function* nodesOf(nodes: readonly Profiler.ProfileNode[]) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const [root] = nodes;
  const pending = (root?.children ?? []).map((id) => ({ id, callers: [] as readonly CallFrame[] }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = byId.get(next.id);
    if (node === undefined) continue;
    yield { node, callers: next.callers };
    const callers = [node.callFrame, ...next.callers];
    for (const id of node.children ?? []) pending.push({ id, callers });
  }
}
