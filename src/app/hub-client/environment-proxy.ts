const OPTION = '--use-env-proxy';

/**
 * The variable that makes the hub's thread take proxies from the environment if the process does. The hub inherits
 * variables, but no options of Node.js.
 */
export function environmentProxy(): { readonly NODE_USE_ENV_PROXY?: '1' } {
  const { NODE_OPTIONS = '' } = process.env;
  const isOn = process.execArgv.includes(OPTION) || NODE_OPTIONS.split(/\s+/).includes(OPTION);
  return isOn ? { NODE_USE_ENV_PROXY: '1' } : {};
}
