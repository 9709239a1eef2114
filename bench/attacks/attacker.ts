/** The attacking process. Its parent says which attack to begin, by name, and when to end it. */
import { ATTACKS, startReceiver } from './attacks.ts';

let ended = new AbortController();
let counted = 0;

process.on('message', (message: { begin: string; port: number; authorization: string } | { end: true }) => {
  if ('end' in message) {
    ended.abort();
    process.send?.({ counted });
    return;
  }
  ended = new AbortController();
  counted = 0;
  const count = (times = 1) => {
    counted += times;
  };
  ATTACKS[message.begin]?.({ ...message, count }, ended.signal);
});
process.on('disconnect', () => process.exit());
process.send?.({ receiver: await startReceiver() });
