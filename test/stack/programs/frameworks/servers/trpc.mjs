import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { setRoute } from 'pitot';

const { procedure, router } = initTRPC.create();
const failing = (code) =>
  procedure.query(() => {
    throw new TRPCError({ code });
  });
const appRouter = router({
  users: router({ list: procedure.query(() => []), failing: failing('INTERNAL_SERVER_ERROR') }),
  missing: failing('NOT_FOUND'),
});

function createContext({ req, info }) {
  const [{ path }, ...others] = info.calls;
  if (others.length > 0) setRoute(req, '/trpc/:batch');
  // Clients can send any path.
  else if (Object.hasOwn(appRouter._def.procedures, path)) setRoute(req, `/trpc/${path}`);
  return {};
}

const server = createHTTPServer({ router: appRouter, basePath: '/trpc/', createContext });
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
