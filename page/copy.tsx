import { useEffect, useState } from 'preact/hooks';

/** Milliseconds for which the button says that it was done. */
const SAID = 1500;

/** A button that puts a text on the clipboard. */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [outcome, setOutcome] = useState<'Copied' | 'Copy it by hand' | undefined>();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), SAID);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('Copied');
    } catch {
      // The clipboard is for secure origins only: localhost and https.
      setOutcome(copyFromField(text) ? 'Copied' : 'Copy it by hand');
    }
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      <span aria-live="polite">{outcome ?? label}</span>
    </button>
  );
}

/** The old way, which works where the page is served over plain HTTP to another machine. */
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
