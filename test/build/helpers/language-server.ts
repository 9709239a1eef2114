import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath, pathToFileURL } from 'node:url';

const COMPILER = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
const HEAD_END = '\r\n\r\n';

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Hover {
  readonly contents: { readonly value: string };
}

interface Diagnostic {
  readonly severity: number;
  readonly message: string;
}

/** DiagnosticSeverity of the protocol. */
const ERROR = 1;

/** TypeScript's language server: what an editor asks for the text that it shows over a name. */
export class LanguageServer implements AsyncDisposable {
  private readonly server: ChildProcess;
  private readonly answers = new Map<number, PromiseWithResolvers<unknown>>();
  private received = Buffer.alloc(0);
  private requests = 0;

  private constructor() {
    this.server = spawn(process.execPath, [COMPILER, '--lsp', '--stdio'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.server.stdout?.on('data', (chunk: Buffer) => this.receive(chunk));
    this.server.once('exit', () => {
      for (const { reject } of this.answers.values()) reject(new Error('the language server ended'));
    });
  }

  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer();
    await server.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { textDocument: { hover: { contentFormat: ['markdown'] } } },
    });
    server.send({ method: 'initialized', params: {} });
    return server;
  }

  open(file: string, text: string): void {
    const textDocument = { uri: pathToFileURL(file).href, languageId: 'typescript', version: 1, text };
    this.send({ method: 'textDocument/didOpen', params: { textDocument } });
  }

  /** The Markdown that is shown over the name at this place; lines and columns count from 0. */
  async hover(file: string, line: number, character: number): Promise<string> {
    const hover = (await this.request('textDocument/hover', {
      textDocument: { uri: pathToFileURL(file).href },
      position: { line, character },
    })) as Hover | null;
    return hover?.contents.value ?? '';
  }

  /** The messages of the errors in an open file. */
  async errors(file: string): Promise<readonly string[]> {
    const { items } = (await this.request('textDocument/diagnostic', {
      textDocument: { uri: pathToFileURL(file).href },
    })) as { readonly items: readonly Diagnostic[] };
    return items.filter(({ severity }) => severity === ERROR).map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.server, 'exit');
    await this.request('shutdown');
    this.send({ method: 'exit' });
    await ended;
  }

  private request(method: string, params?: unknown): Promise<unknown> {
    this.requests += 1;
    const answer = Promise.withResolvers<unknown>();
    this.answers.set(this.requests, answer);
    this.send({ id: this.requests, method, params });
    return answer.promise;
  }

  private send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.server.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}${HEAD_END}${body}`);
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const head = this.received.indexOf(HEAD_END);
      const length = Number(/Content-Length: (\d+)/i.exec(this.received.toString('latin1', 0, head))?.[1]);
      const start = head + HEAD_END.length;
      if (head < 0 || this.received.length < start + length) return;
      const message: Message = JSON.parse(this.received.toString('utf8', start, start + length));
      this.received = this.received.subarray(start + length);
      this.handle(message);
    }
  }

  private handle({ id, method, result, error }: Message): void {
    if (id === undefined) return;
    // The server's own requests, as to be told of changed settings, need no more than an answer.
    if (method !== undefined) this.send({ id, result: null });
    else if (error === undefined) this.answers.get(Number(id))?.resolve(result);
    else this.answers.get(Number(id))?.reject(new Error(error.message));
  }
}
