import { PROFILES_PATH } from '../http/profiles.ts';
import type { Handler } from '../http/routing.ts';
import type { Page, PageOptions } from './page.ts';

/** The paths that {@link createPage} serves. */
const PATHS = [
  ...['/', '/page/page.js', '/page/page.css'],
  ...['/page/events', '/page/metrics', '/page/operations', PROFILES_PATH],
];

/** The live page, whose code is loaded by its first request: most endpoints only have scrapers. */
export function pageOnDemand(options: PageOptions): Page {
  let loading: Promise<Page> | undefined;
  let isClosed = false;

  async function load(): Promise<Page> {
    const { createPage } = await import('./page.ts');
    const page = createPage(options);
    if (isClosed) page.close();
    return page;
  }

  function handlerOf(path: string): Handler {
    return async (...request) => {
      loading ??= load();
      const page = await loading;
      await page.handlers.get(path)?.(...request);
    };
  }

  return {
    handlers: new Map(PATHS.map((path) => [path, handlerOf(path)])),
    close() {
      isClosed = true;
      void loading?.then((page) => page.close());
    },
  };
}
