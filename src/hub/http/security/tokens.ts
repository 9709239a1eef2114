/** The characters of a bearer token (RFC 6750, section 2.1, "b64token"). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The accepted tokens of a file, one on each line, without blank lines and lines that begin with `#`. Adds faulty lines
 * to `faults`, without their text.
 */
export function readTokens(text: string, file: string, faults: string[]): readonly string[] {
  const tokens: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const token = line.trim();
    if (token === '' || token.startsWith('#')) continue;
    if (TOKEN.test(token)) tokens.push(token);
    else
      faults.push(
        `${file}, line ${index + 1}: a token consists of letters, digits and - . _ ~ + / and may end in =`,
      );
  }
  if (tokens.length === 0 && faults.length === 0) faults.push(`${file} holds no token`);
  return tokens;
}

/** Takes as long for a wrong token as for a right one, whichever of them it is. */
export function isToken(tokens: readonly string[], given: string): boolean {
  const digest = digestOf(given);
  const { timingSafeEqual } = process.getBuiltinModule('node:crypto');
  let found = false;
  for (const token of tokens) found = timingSafeEqual(digestOf(token), digest) || found;
  return found;
}

function digestOf(token: string): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(token).digest();
}
