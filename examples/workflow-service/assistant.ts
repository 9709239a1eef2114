import { type RequestHandler, Router } from 'express';
import { llm, type RateLimiter, rateLimit } from 'pitot/instruments';
import { answer, MODEL } from './model.ts';
import { type Sessions, teamOf, type UserSession } from './sessions.ts';

/** The maximum number of questions per session. */
const QUESTIONS = 3;

/** `POST /` with `{"question": "…"}` streams the model's answer to a user who has logged in. */
export function assistant(sessions: Sessions): Router {
  const router = Router();
  const allowed = allowance();
  const guard: RequestHandler = ({ headers }, response, next) => {
    const session = sessions.find(headers.authorization);
    if (session === undefined) response.status(401).json({ error: 'log in first' });
    else if (!allowed(session)) response.status(429).json({ error: `${QUESTIONS} questions are enough` });
    else next();
  };

  router.post('/', guard, async ({ body }, response) => {
    const { question = '' }: { question?: string } = body ?? {};
    const chunks = llm.stream(
      {
        provider: 'workflow_service',
        model: MODEL,
        onChunk({ finish, usage }, operation) {
          if (usage !== undefined) operation.tokens(usage);
          if (finish !== undefined) operation.finish(finish);
        },
      },
      () => answer(String(question)),
    );
    response.type('text/plain');
    for await (const { text } of chunks) response.write(text);
    response.end();
  });
  return router;
}

/** Decides whether a session may ask one more question, and counts the decision. */
function allowance(): (session: UserSession) => boolean {
  const asked = new WeakMap<UserSession, number>();
  const limiters = new Map<string, RateLimiter>();
  return (session) => {
    const { user } = session;
    const limiter = limiters.get(user) ?? rateLimit.limiter({ name: 'questions', client: teamOf(user) });
    limiters.set(user, limiter);
    const count = (asked.get(session) ?? 0) + 1;
    asked.set(session, count);
    const isAllowed = count <= QUESTIONS;
    limiter[isAllowed ? 'allowed' : 'limited'](count, QUESTIONS);
    return isAllowed;
  };
}
