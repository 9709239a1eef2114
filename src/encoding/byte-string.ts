/**
 * Text as it goes over the wire: each character of the string is one byte of UTF-8. Plain ASCII is its
 * own byte string. Text that every scrape writes again is kept in this form: a short buffer's overhead exceeds
 * its bytes, and a plain string would be encoded as UTF-8 each time.
 */
export function byteString(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');
}
