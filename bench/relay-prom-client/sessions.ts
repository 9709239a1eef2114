import { randomUUID } from 'node:crypto';
import { RelayError } from '../../examples/relay/protocol.ts';
import { TOOLS, type Tool } from '../../examples/relay/tools.ts';
import { activeSessions, sessionCreation, sessionManagerUp, sessionsCreated } from './metrics.ts';

/** A running tool with all that it has answered. */
interface Session {
  readonly name: string;
  readonly tool: Tool;
  readonly results: Buffer[];
}

/** The session manager: opens, finds and closes sessions. */
export class Sessions {
  private readonly open = new Map<string, Session>();

  constructor() {
    sessionManagerUp.set(1);
  }

  get count(): number {
    return this.open.size;
  }

  /** Returns the session's id. Only names of known tools become labels. */
  async create(name: string): Promise<string> {
    const tool = TOOLS.get(name);
    if (tool === undefined) throw new RelayError('unknown_tool');
    const endTimer = sessionCreation.startTimer({ tool: name });
    try {
      await tool.start();
      sessionsCreated.inc({ tool: name, status: 'success' });
    } catch (error) {
      sessionsCreated.inc({ tool: name, status: 'failure' });
      throw error;
    } finally {
      endTimer();
    }
    const id = randomUUID();
    activeSessions.inc({ tool: name });
    this.open.set(id, { name, tool, results: [] });
    return id;
  }

  async run(id: string, input: string): Promise<Buffer> {
    const { tool, results } = this.find(id);
    const result = await tool.run(input);
    results.push(result);
    return result;
  }

  close(id: string): void {
    const { name } = this.find(id);
    activeSessions.dec({ tool: name });
    this.open.delete(id);
  }

  shutDown(): void {
    for (const id of [...this.open.keys()]) this.close(id);
    sessionManagerUp.set(0);
  }

  private find(id: string): Session {
    const found = this.open.get(id);
    if (found === undefined) throw new RelayError('unknown_session');
    return found;
  }
}
