// localStorage and sessionStorage, which a browser may refuse: then things are kept until reload.
type Kind = 'local' | 'session';

const fallback = new Map<string, string>();

function storage(kind: Kind): Storage | null {
  try {
    return kind === 'local' ? window.localStorage : window.sessionStorage;
  } catch {
    return null;
  }
}

export function readStored<T>(kind: Kind, name: string): T | null {
  try {
    const text = storage(kind)?.getItem(name) ?? fallback.get(name);
    return text == null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function writeStored(kind: Kind, name: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    storage(kind)?.setItem(name, text);
  } catch {
    fallback.set(name, text);
  }
}

export function removeStored(kind: Kind, name: string): void {
  fallback.delete(name);
  try {
    storage(kind)?.removeItem(name);
  } catch {
    // nothing was kept there
  }
}
