import { innerRouter, matchLayer, type Router, reconstruct, textOf } from './express-layers.ts';
import { type Mount, mountsOf } from './express-links.ts';

/** A way that leads to a router: mounts from the outermost to the innermost. */
export type Chain = readonly Mount[];

/** Ways beyond this are not followed. */
const MOST_CHAINS = 64;

/**
 * All ways that lead to a router. One that nothing is known to lead to, other than the root, is called by
 * a function: by any of those that are mounted.
 */
export function chainsTo(router: Router, root: Router | undefined): readonly Chain[] {
  const chains = knownChainsTo(router, new Set());
  // An application that a router leads to is not the outermost.
  if (root === undefined || mountsOf(root).length > 0) return chains;
  return chains
    .flatMap((chain) => {
      const top = chain[0]?.on ?? router;
      if (top === root) return [chain];
      return [[], ...mountedFunctions(root, new Set())].map((way) => [...way, ...chain]);
    })
    .slice(0, MOST_CHAINS);
}

function knownChainsTo(router: Router, inside: ReadonlySet<Router>): readonly Chain[] {
  const mounts = mountsOf(router).filter(({ on }) => !inside.has(on));
  if (mounts.length === 0) return [[]];
  const deeper = new Set([...inside, router]);
  return mounts
    .flatMap((mount) => knownChainsTo(mount.on, deeper).map((chain) => [...chain, mount]))
    .slice(0, MOST_CHAINS);
}

function mountedFunctions(router: Router, seen: Set<Router>): readonly Chain[] {
  if (seen.has(router)) return [];
  seen.add(router);
  return router.stack.flatMap((layer): readonly Chain[] => {
    if (layer.route !== undefined) return [];
    const mount = { on: router, layer };
    const inner = innerRouter(layer);
    if (inner !== undefined) return mountedFunctions(inner, seen).map((way) => [mount, ...way]);
    return textOf(layer) === '' ? [] : [[mount]];
  });
}

/** The template of a chain for a path that begins with what it takes, and the rest of that path. */
export function follow(
  chain: Chain,
  path: string,
): { readonly template: string; readonly rest: string } | undefined {
  let template = '';
  let rest = path;
  for (const { layer } of chain) {
    const match = matchLayer(layer, rest);
    if (match === undefined) return undefined;
    template += textOf(layer) ?? reconstruct(layer, match);
    rest = rest.slice(match.taken.length);
  }
  return { template, rest };
}
