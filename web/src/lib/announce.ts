// Tells who cannot see the page what has just happened. A live region is only heard when it was
// there before its text, so there is one for the whole page (Shell) and everybody speaks through it.
import { useEffect, useRef } from 'react';

let speak: (text: string) => void = () => undefined;

export function onAnnounce(listener: (text: string) => void): () => void {
  speak = listener;
  return () => (speak = () => undefined);
}

export function announce(text: string): void {
  speak(text);
}

/** Announces a text when it changes; what is there from the beginning is read with the page. */
export function useAnnounced(text: string | null): void {
  const before = useRef(text);
  useEffect(() => {
    if (before.current === text) return;
    before.current = text;
    if (text !== null) announce(text);
  }, [text]);
}
