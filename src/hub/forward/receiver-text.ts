/** Characters of a text from a receiver that are shown. */
const LONGEST = 300;

/** What a receiver says, fit for a line of a log. */
export function receiverText(text: string): string {
  return text
    .slice(0, LONGEST)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
}
