/**
 * Reads the data of server-sent events out of the bytes of a response. It passes over data that are not JSON, such as
 * OpenAI's `[DONE]`. (HTML standard, "Server-sent events")
 */
export class EventReader {
  private readonly decoder = new TextDecoder();
  private readonly onData: (data: unknown) => void;
  private rest = '';
  private data: string[] = [];

  constructor(onData: (data: unknown) => void) {
    this.onData = onData;
  }

  push(bytes: Uint8Array): void {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line.startsWith('data:')) this.data.push(line.slice(5));
    if (line !== '' || this.data.length === 0) return;
    const text = this.data.join('\n');
    this.data = [];
    const value = parsedJson(text);
    if (value !== undefined) this.onData(value);
  }
}

/** Undefined unless the text is JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
