// What the browser's tab says. A page's own (components/Page.tsx) is set first, in a layout effect:
// a part of the page that knows better comes after it.
import { useEffect } from 'react';
import { texts } from './texts';

export function useDocumentTitle(title: string | null | undefined): void {
  useEffect(() => {
    if (title) document.title = texts.documentTitle(title);
  }, [title]);
}
