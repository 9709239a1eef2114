import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';

const KEY = 'pitot-theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

/** The user's theme or else the system's, with a function to switch to the other. */
export function useTheme(): [theme: Theme, toggle: () => void] {
  const [chosen, choose] = useState<Theme | undefined>(stored);
  const [system, follow] = useState<Theme>(DARK.matches ? 'dark' : 'light');
  useEffect(() => {
    const changed = () => follow(DARK.matches ? 'dark' : 'light');
    DARK.addEventListener('change', changed);
    return () => DARK.removeEventListener('change', changed);
  }, []);
  const theme = chosen ?? system;
  document.documentElement.dataset.theme = theme;
  return [
    theme,
    () => {
      const next = theme === 'dark' ? 'light' : 'dark';
      document.documentElement.dataset.theme = next;
      choose(next);
      try {
        localStorage.setItem(KEY, next);
      } catch {
        // Without storage, the choice lasts as long as the page.
      }
    },
  ];
}

function stored(): Theme | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : undefined;
  } catch {
    return undefined;
  }
}
