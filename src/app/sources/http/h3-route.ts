import { listenTo } from './channels.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The message of h3's channel, sent by its plugin for tracing before it calls a handler. (h3 2, `h3/tracing`) */
interface HandlerMessage {
  readonly event?: {
    readonly runtime?: { readonly node?: { readonly req?: object } };
    readonly context?: { readonly matchedRoute?: { readonly route?: unknown } };
  };
}

const HANDLER_START = 'tracing:h3.request:start';

/** Learns the routes of h3 applications that register the plugin of `h3/tracing`. */
export function watchH3(): () => void {
  return listenTo({ [HANDLER_START]: remember });
}

function remember(message: unknown): void {
  const { runtime, context } = (message as HandlerMessage).event ?? {};
  const route = context?.matchedRoute?.route;
  const request = runtime?.node?.req;
  const measured = request === undefined ? undefined : measuredRequestOf(request);
  if (measured !== undefined && typeof route === 'string') measured.matched = route;
}
