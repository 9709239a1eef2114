import { workflow } from 'pitot/instruments';
import { compress, damage, generate, hash, sort, verify, type WorkNode, write } from './nodes.ts';

/** A workflow is a list of nodes. They run one after the other until one fails. */
export type Definition = readonly WorkNode[];

export const workflows: ReadonlyMap<string, Definition> = new Map([
  ['digest', [generate, sort, hash]],
  ['archive', [generate, sort, hash, compress, write, verify]],
  /** Always fails at its last node, as a damaged backup should. */
  ['damaged-archive', [generate, sort, hash, compress, write, damage, verify]],
]);

workflow.definitions({ count: () => workflows.size });
