/** What becomes of a request that @opentelemetry/instrumentation-http and pitot record differently. */
interface UnusualRequest {
  readonly official: string;
  readonly own: string;
  /** The convention or the fact by which pitot's way is right. */
  readonly reason: string;
}

const SUCCESS = 'A success: the status that the response has, or would have had.';
const UNSEEN = 'Not recorded.';
const FAILED = '`error.type` is required of a request that ended with an error.';
const ALL = 'A request that a client sent and got an answer to is a request.';

/** By the names that test/app/sources/http/conformance.test.ts has for them. docs/http.md tells users the same. */
export const UNUSUAL_REQUESTS = {
  'A client that goes away before the response': {
    official: SUCCESS,
    own: '`error.type`, and no status.',
    reason: 'A status is required only if one was sent.',
  },
  'A client that goes away within the response': {
    official: SUCCESS,
    own: 'The status and `error.type`.',
    reason: FAILED,
  },
  'A connection that the server closes': {
    official: SUCCESS,
    own: '`error.type`, and no status if none was sent.',
    reason: 'A status is required only if one was sent.',
  },
  'A response that is destroyed with an error': {
    official: SUCCESS,
    own: 'The error as `error.type`.',
    reason: FAILED,
  },
  'Expect: 100-continue with a listener of its own': { official: UNSEEN, own: 'Recorded.', reason: ALL },
  'What Node.js answers itself': { official: UNSEEN, own: 'Recorded.', reason: ALL },
  Upgrades: { official: UNSEEN, own: 'Recorded, with the status of the handshake.', reason: ALL },
  'HTTP/2': { official: UNSEEN, own: 'Recorded.', reason: ALL },
  'A mount that is spelled otherwise in the request': {
    official: 'No route.',
    own: 'The route of the mount.',
    reason: '`http.route` is required if it is available.',
  },
  'A handler that goes on after it has answered': {
    official: 'No route.',
    own: 'The route that answered.',
    reason: '`http.route` is required if it is available.',
  },
  'A request that cannot connect': {
    official: '`error.type` is `Error`.',
    own: '`error.type` is the code, such as `ECONNREFUSED`.',
    reason: '`error.type` should tell kinds of errors apart.',
  },
  'A call that throws': {
    official: 'A request with the class of the error as `error.type`.',
    own: UNSEEN,
    reason:
      'No request exists: `http.request()` throws while it checks its arguments, before Node.js publishes anything or asks a ' +
      'server. A wrapper around `request` and `get` could count the call. It would load `node:http` and `node:https` (with ' +
      '`node:tls` 2.6 MiB) into processes that never use them, and stand in the stack of every call. Of an invalid URL ' +
      'there is no `server.address`, which the conventions require. `application.errors` counts the error if nothing ' +
      'catches it.',
  },
  'A response that breaks off': { official: SUCCESS, own: 'The status and `error.type`.', reason: FAILED },
} as const satisfies Readonly<Record<string, UnusualRequest>>;
