// Where the keyboard is. It is never nowhere: what has the focus may vanish (a button, with what it
// did), and then a browser drops it at the top of the document without a word.
import { useEffect, useRef } from 'react';

const kind = '[data-outcome]';
const heading = () => document.querySelector<HTMLElement>('main h1') ?? document.querySelector<HTMLElement>('main');

/** After following a link the new page's heading has the focus, as after a real page load. */
export function useFocusOnNavigation(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    heading()?.focus({ preventScroll: true });
  }, [path]);
}

/** What had the focus is gone: it goes to what came in its place ([data-outcome]), else to the heading. */
export function useFocusKept(): void {
  useEffect(() => {
    let last: Element | null = null;
    const isNowhere = () => document.activeElement === null || document.activeElement === document.body;
    const enter = (event: FocusEvent) => (last = event.target instanceof Element ? event.target : null);
    // Clicked beside everything: the person has left it, and it stays where it is.
    const leave = () => queueMicrotask(() => last?.isConnected && isNowhere() && (last = null));
    const watch = new MutationObserver((changes) => {
      if (!last || last.isConnected) return;
      last = null;
      if (!isNowhere()) return;
      const came = changes.flatMap(({ addedNodes }) => [...addedNodes]).filter((node) => node instanceof HTMLElement);
      const isNewPage = came.some((node) => node.querySelector('h1')); // its heading says what it is
      const outcome = isNewPage ? null : came.map((node) => (node.matches(kind) ? node : node.querySelector<HTMLElement>(kind))).find((node) => node?.isConnected);
      if (outcome) outcome.focus();
      else heading()?.focus({ preventScroll: true });
    });
    watch.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', enter);
    document.addEventListener('focusout', leave);
    return () => {
      watch.disconnect();
      document.removeEventListener('focusin', enter);
      document.removeEventListener('focusout', leave);
    };
  }, []);
}
