import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { RelayError } from './protocol.ts';

/** A tool that a session runs. */
export interface Tool {
  start(): Promise<void>;
  run(input: string): Promise<Buffer>;
}

/** Stand-ins for the programs to which a relay connects its clients. */
export const TOOLS: ReadonlyMap<string, Tool> = new Map<string, Tool>([
  [
    'text',
    {
      start: () => pause(5),
      run: async (input) => {
        if (input === '') throw new RelayError('empty_input');
        return Buffer.from(input.toUpperCase());
      },
    },
  ],
  ['digest', { start: () => pause(2), run: async (input) => createHash('sha256').update(input).digest() }],
  ['fill', { start: async () => {}, run: async (input) => Buffer.alloc(Number(input), 'x') }],
  [
    'offline',
    {
      start: async () => {
        throw new RelayError('tool_unavailable');
      },
      run: async () => Buffer.alloc(0),
    },
  ],
]);
