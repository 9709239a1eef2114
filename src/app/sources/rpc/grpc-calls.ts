import { errorType } from '../../../base/error-type.ts';
import { type CallAttributes, callOutcome, type Outcome, secondsSince } from './call-outcome.ts';

/** The codes by their numbers. (gRPC, doc/statuscodes.md) */
const CODES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The code of a unary call that succeeds without a message, as grpc-js tells the application. */
export const UNIMPLEMENTED = CODES.indexOf('UNIMPLEMENTED');

/** (Semantic conventions for gRPC, "Client") */
const isClientError = (code: string) => code !== 'OK';

const SERVER_ERRORS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** (Semantic conventions for gRPC, "Server": the other codes say that the client is wrong, or has gone.) */
const isServerError = (code: string) => SERVER_ERRORS.has(code);

/** The calls of one method on one side. */
export class GrpcCalls {
  private readonly side: 'client' | 'server';
  private readonly attributes: CallAttributes;
  /** By the number of the code. */
  private readonly ended: (Outcome | undefined)[] = [];
  private readonly thrown = new Map<string, Outcome>();

  constructor(side: 'client' | 'server', attributes: Omit<CallAttributes, 'rpc.system.name'>) {
    this.side = side;
    this.attributes = { 'rpc.system.name': 'grpc', ...attributes };
  }

  /**
   * Counts a call that ended with a status.
   *
   * @param startedAt milliseconds on the clock of `performance.now()`
   * @param code any other than gRPC's counts as UNKNOWN, which gRPC's documentation allows
   */
  end(startedAt: number, code: unknown): void {
    const number = typeof code === 'number' && code in CODES ? code : CODES.indexOf('UNKNOWN');
    let outcome = this.ended[number];
    if (outcome === undefined) {
      const name = CODES[number] ?? 'UNKNOWN';
      const isError = this.side === 'client' ? isClientError(name) : isServerError(name);
      outcome = callOutcome(this.side, this.attributes, name, isError ? name : undefined);
      this.ended[number] = outcome;
    }
    outcome(secondsSince(startedAt));
  }

  /** Counts a call that threw before it could get a status. */
  throw(startedAt: number, error: unknown): void {
    const type = errorType(error);
    let outcome = this.thrown.get(type);
    if (outcome === undefined) {
      outcome = callOutcome(this.side, this.attributes, undefined, type);
      this.thrown.set(type, outcome);
    }
    outcome(secondsSince(startedAt));
  }
}

/** `rpc.method` of the path of a call, `/package.Service/Method`. */
export function methodOfPath(path: string): string {
  return path.startsWith('/') ? path.slice(1) : path;
}
