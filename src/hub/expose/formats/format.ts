import type { Family } from '../families.ts';

/**
 * A body in the making. A chunk is to be used up before the next is asked for, which overwrites it. One
 * without bytes says only that others may have a turn.
 */
export type Chunks = Generator<Uint8Array, void>;

export interface Format {
  readonly name: string;
  /** Type and subtype. */
  readonly mediaType: string;
  /** What is told besides in the content type, and tells the format from others of its media type. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the content type names the escaping even to a client that did not ask for one. */
  readonly tellsEscaping: boolean;
  /** Whether the format can carry any name. The older text formats have plain names only. */
  readonly carriesUtf8: boolean;
  readonly encode: (families: readonly Family[]) => Chunks;
}
