import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { builtFile } from '../../base/package-files.ts';
import { answer, type Handler } from '../http/routing.ts';

interface Asset {
  readonly body: Buffer;
  readonly compressed: Buffer;
  readonly tag: string;
}

/** Built from page/. */
const FOLDER = builtFile('page/');

/** The page runs its own script and style only, and talks to its own server only. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
  vary: 'accept-encoding',
};

const compress = promisify(gzip);

/** Serves one file of the page. The first request reads and compresses it. */
export function asset(name: string, contentType: string): Handler {
  let loaded: Promise<Asset> | undefined;

  return async (request, response) => {
    loaded ??= load(name);
    let file: Asset;
    try {
      file = await loaded;
    } catch {
      loaded = undefined;
      answer(response, 503, 'the page has not been built: npm run build');
      return;
    }
    if (request.headers['if-none-match'] === file.tag) {
      response.writeHead(304, { ...HEADERS, etag: file.tag }).end();
      return;
    }
    const isCompressed = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    const body = isCompressed ? file.compressed : file.body;
    response.writeHead(200, {
      ...HEADERS,
      'content-type': contentType,
      'content-length': body.length,
      etag: file.tag,
      ...(isCompressed && { 'content-encoding': 'gzip' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

async function load(name: string): Promise<Asset> {
  const body = await readFile(new URL(name, FOLDER));
  const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, compressed: await compress(body, { level: 9 }), tag };
}
