import { isFileOfPackage } from '../../base/package-files.ts';
import type { StackAnswer, StackFrame } from '../../model/stack-cells.ts';

/** A stack of the stuck thread. */
export interface Sample extends StackAnswer {
  /** Milliseconds that it stands for: since the sample before, or since the first request. */
  readonly covers: number;
  /** Milliseconds until the thread answered. JavaScript answers at once. */
  readonly waited: number;
}

/** The cause of a stall. */
export interface Cause {
  /** The innermost frame that is part of neither Node.js nor pitot, and its callers; one of pitot's if there is no other. */
  readonly frames: readonly [StackFrame, ...StackFrame[]];
  /** The function of Node.js or of the language that this frame was calling; '' if none. */
  readonly calling: string;
  /** No JavaScript ran for most of the time: a native call or garbage collection. The stack is that of its end. */
  readonly isNative: boolean;
  /** The share of the examined time, from 0 to 1. */
  readonly share: number;
}

/** A thread that takes longer to answer was in a native call. A busy machine delays an answer by less. */
const NATIVE_MS = 250;

/** A function whose samples in calls cover less of its time is named without one. */
const MIN_SHARE_OF_CALLS = 0.25;

/** The function that held the loop for most of the time; `undefined` if only Node.js itself is on the stacks. */
export function causeOf(samples: readonly Sample[]): Cause | undefined {
  const groups = Map.groupBy(samples, ({ frames }) => {
    const own = frames[ownIndex(frames)];
    return own === undefined ? '' : JSON.stringify([own.name, own.file]);
  });
  groups.delete('');
  const largest = longestOf(groups);
  const longest = samplesOfCall(largest ?? []).toSorted((a, b) => b.covers - a.covers)[0];
  if (largest === undefined || longest === undefined) return undefined;
  const { frames } = longest;
  const [own, ...callers] = frames.slice(ownIndex(frames));
  if (own === undefined) return undefined;
  const native = timeOf(largest.filter(({ waited }) => waited >= NATIVE_MS));
  return {
    frames: [own, ...callers.filter(({ file }) => isApplication(file))],
    calling: calledIn(longest),
    isNative: native > timeOf(largest) / 2,
    share: timeOf(largest) / timeOf(samples),
  };
}

/**
 * A method that pitot has wrapped is often the first JavaScript after a native call, and is where that call seems to end.
 * It stands for the method.
 */
function ownIndex(frames: readonly StackFrame[]): number {
  const index = frames.findIndex(({ file }) => isApplication(file));
  if (index >= 0) return index;
  const inPitot = frames.findIndex(({ file }) => isFileOfPackage(file));
  return inPitot < 0 ? frames.length : inPitot;
}

/** WebAssembly is named by the JavaScript that calls it: Node.js has some of its own, for which there is none. */
function isApplication(file: string): boolean {
  return file !== '' && !file.startsWith('node:') && !isWebAssembly(file) && !isFileOfPackage(file);
}

function isWebAssembly(file: string): boolean {
  return file.startsWith('wasm:');
}

/** The group that stands for the most time. */
function longestOf(groups: ReadonlyMap<string, Sample[]>): Sample[] | undefined {
  return [...groups.values()].toSorted((a, b) => timeOf(b) - timeOf(a))[0];
}

/**
 * The function was calling several others; the one that most of its time went into stands for them. A loop is often
 * stopped where it turns, right after the call that took the time, so samples without a call count only where nearly all
 * have none.
 */
function samplesOfCall(samples: readonly Sample[]): readonly Sample[] {
  const calling = samples.filter((sample) => calledIn(sample) !== '');
  const isCalling = timeOf(calling) >= MIN_SHARE_OF_CALLS * timeOf(samples);
  return longestOf(Map.groupBy(isCalling ? calling : samples, calledIn)) ?? [];
}

/** The function that the application's innermost function was calling. */
function calledIn({ frames }: Sample): string {
  const frame = frames[ownIndex(frames) - 1];
  if (frame === undefined || !isWebAssembly(frame.file)) return frame?.name ?? '';
  return frame.name === '' ? 'WebAssembly' : `WebAssembly ${frame.name}`;
}

function timeOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { covers }) => sum + covers, 0);
}
