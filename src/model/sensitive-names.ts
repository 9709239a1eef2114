/** Ends of names behind which credentials are to be expected; words are separated by what is no letter or digit. */
const SENSITIVE =
  /(?:^|_)(?:authorization|(?:set_)?cookie|api_?key|(?:access|auth|bearer|id|refresh|session)_?token|(?:client_)?secret|private_?key|passw(?:or)?d|passphrase|credentials?)$/;

/**
 * Whether an attribute of that name is likely to hold a credential: `authorization`,
 * `http.request.header.cookie`, `X-Api-Key`, `accessToken`. A name that merely has such a word in it
 * (`gen_ai.token.type`, `cookie.consent`) is none.
 */
export function isSensitive(name: string): boolean {
  return SENSITIVE.test(name.toLowerCase().replace(/[^a-z0-9]+/g, '_'));
}
