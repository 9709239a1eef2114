/** Maximum number of characters of a receiver's text in a log line. */
const MAX_LENGTH = 300;

/** A receiver's text in a form for log lines. */
export function receiverText(text: string): string {
  return text
    .slice(0, MAX_LENGTH)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
}
