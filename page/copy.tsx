import { useEffect, useState } from 'preact/hooks';

/** Milliseconds for which the button shows its outcome. */
const OUTCOME_SHOWN_MS = 1500;

/** A button that copies a text to the clipboard. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<'Copied' | 'Copy it yourself' | undefined>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), OUTCOME_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('Copied');
    } catch {
      // Browsers offer the clipboard only to secure origins: localhost and https.
      setOutcome(copyFromField(text) ? 'Copied' : 'Copy it yourself');
    }
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      <span aria-live="polite">{outcome ?? label}</span>
    </button>
  );
}

/** The old way. It also works over plain HTTP from another machine. */
function copyFromField(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'unseen';
  document.body.append(field);
  field.select();
  const isDone = document.execCommand('copy');
  field.remove();
  return isDone;
}
