// House lights: the system's choice until the person makes their own.
import { useState } from 'react';
import { readStored, writeStored } from '@/lib/storage';

type Theme = 'light' | 'dark';

const name = 'usher:theme';

export function applyStoredTheme(): void {
  const stored = readStored<Theme>('local', name);
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored;
}

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return window.matchMedia?.('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(current);
  const toggle = () => {
    const next = theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    writeStored('local', name, next);
    setTheme(next);
  };
  return [theme, toggle];
}
