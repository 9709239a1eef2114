/** Log lines show so many characters of a receiver's text. */
const MAX_LENGTH = 300;

/** A receiver's text, fit for a line of a log. */
export function receiverText(text: string): string {
  return text
    .slice(0, MAX_LENGTH)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
}
