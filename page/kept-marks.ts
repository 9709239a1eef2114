import type { Frame } from '../src/hub/page/wire.ts';
import type { Mark } from './histories.ts';

const KEY = 'pitot-marks';

interface Kept {
  readonly service: string;
  readonly process: number | null;
  readonly marks: readonly Mark[];
}

/** Keeps the marks of a service for as long as the browser's tab lives. */
export function keepMarks({ health: { service }, process }: Frame, marks: readonly Mark[]): void {
  const kept: Kept = { service, process, marks };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // Without storage, marks last until the page is loaded again.
  }
}

/** The kept marks of the same service. */
export function marksOf({ health: { service }, process }: Frame): readonly Mark[] {
  try {
    const kept: Kept | null = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return kept?.service === service && kept.process === process ? kept.marks : [];
  } catch {
    return [];
  }
}
