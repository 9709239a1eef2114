import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const CERTIFICATES = join(import.meta.dirname, '../../../../hub/forward/certificates');

/** Key and certificate of a TLS server. Clients have to accept them unverified. */
export const SERVER_TLS = {
  key: readFileSync(join(CERTIFICATES, 'receiver.key')),
  cert: readFileSync(join(CERTIFICATES, 'receiver.pem')),
};
