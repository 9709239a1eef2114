import type { Family } from '../families.ts';

/**
 * The chunks of a body. The caller must use a chunk up before it asks for the next one, which overwrites it. A
 * chunk without bytes is an opportunity to yield.
 */
export type Chunks = Generator<Uint8Array, void>;

export interface Format {
  readonly name: string;
  /** Type and subtype. */
  readonly mediaType: string;
  /** Further parameters of the content type. They distinguish the format from others of its media type. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether the content type names the escaping even to a client that did not ask for one. */
  readonly tellsEscaping: boolean;
  /** Whether the format can carry any name. The older text formats only have plain names. */
  readonly carriesUtf8: boolean;
  /** Whether pitot sends it only to a client that names its version. */
  readonly isExperimental?: boolean;
  readonly encode: (families: readonly Family[]) => Chunks;
}
