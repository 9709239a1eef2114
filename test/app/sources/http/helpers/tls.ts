import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CERTIFICATES = join(import.meta.dirname, '../../../../hub/forward/certificates');

/** What a server of TLS needs; clients have to take it as it is. */
export const SERVER_TLS = {
  key: readFileSync(join(CERTIFICATES, 'receiver.key')),
  cert: readFileSync(join(CERTIFICATES, 'receiver.pem')),
};
