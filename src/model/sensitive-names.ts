/** Ends of names that suggest a credential. Words are separated by anything but letters and digits. */
const SENSITIVE =
  /(?:^|_)(?:authorization|(?:set_)?cookie|api_?key|(?:access|auth|bearer|id|refresh|session)_?token|(?:client_)?secret|private_?key|passw(?:or)?d|passphrase|credentials?)$/;

/**
 * Whether an attribute of that name probably holds a credential: `authorization`, `http.request.header.cookie`,
 * `X-Api-Key`, `accessToken`. A name that only contains such a word (`gen_ai.token.type`, `cookie.consent`) does not.
 */
export function isSensitive(name: string): boolean {
  return SENSITIVE.test(name.toLowerCase().replace(/[^a-z0-9]+/g, '_'));
}
