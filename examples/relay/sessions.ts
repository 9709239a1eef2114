import { randomUUID } from 'node:crypto';
import { session } from 'pitot/instruments';
import { RelayError } from './protocol.ts';
import { TOOLS, type Tool } from './tools.ts';

/** A running tool with all that it has answered. */
interface Session {
  readonly tool: Tool;
  readonly results: Buffer[];
  end(): void;
}

/** The session manager: opens, finds and closes sessions. */
export class Sessions {
  private readonly open = new Map<string, Session>();
  private readonly status = session.manager({ states: ['up', 'down'], state: 'up' });

  get count(): number {
    return this.open.size;
  }

  /** Returns the session's id. Only names of known tools become attributes. */
  async create(name: string): Promise<string> {
    const tool = TOOLS.get(name);
    if (tool === undefined) throw new RelayError('unknown_tool');
    await session.creation({ kind: name }, () => tool.start());
    const id = randomUUID();
    const life = session.lifetime({ kind: name });
    this.open.set(id, { tool, results: [], end: () => life.end() });
    return id;
  }

  async run(id: string, input: string): Promise<Buffer> {
    const { tool, results } = this.find(id);
    const result = await tool.run(input);
    results.push(result);
    return result;
  }

  close(id: string): void {
    this.find(id).end();
    this.open.delete(id);
  }

  shutDown(): void {
    for (const id of [...this.open.keys()]) this.close(id);
    this.status.set('down');
  }

  private find(id: string): Session {
    const found = this.open.get(id);
    if (found === undefined) throw new RelayError('unknown_session');
    return found;
  }
}
