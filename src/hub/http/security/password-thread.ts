/** The thread that checks passwords: `BcryptThread` starts it and ends it. */
import { parentPort } from 'node:worker_threads';
import { compare } from 'bcryptjs';
import { checkPassword, type PasswordWork } from './bcrypt-work.ts';

parentPort?.on('message', async (work: PasswordWork) => {
  parentPort?.postMessage(await checkPassword(work, compare));
});
