/** One row of a section's table: a route. */
export interface OperationPlace {
  readonly section: string;
  readonly key: readonly string[];
}

/** The address' fragment that selects the operation. */
export function addressOfOperation({ section, key }: OperationPlace): string {
  return `#operation=${encodeURIComponent(JSON.stringify([section, ...key]))}`;
}

/** The place in the text that {@link addressOfOperation} made; undefined for any other text. */
export function operationAt(text: string): OperationPlace | undefined {
  try {
    const [section, ...key] = JSON.parse(text);
    const isText = [section, ...key].every((each) => typeof each === 'string');
    return isText && key.length > 0 ? { section, key } : undefined;
  } catch {
    return undefined;
  }
}
