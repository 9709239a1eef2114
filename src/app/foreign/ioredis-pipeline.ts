/** The description of the symbol under which ioredis keeps the callbacks of a pipeline that it made itself. */
const CALLBACKS = 'callbacks';

/**
 * Whether ioredis made the pipeline itself (`enableAutoPipelining`), for commands that the application sent one by one.
 *
 * Rests on: the description of a symbol in such a pipeline. Checked with ioredis 4.28 to 6.0. If it is not there, the
 * pipeline is one operation `PIPELINE` instead of its commands.
 */
export function isAutomaticPipeline(pipeline: object): boolean {
  return Object.getOwnPropertySymbols(pipeline).some((symbol) => symbol.description === CALLBACKS);
}
