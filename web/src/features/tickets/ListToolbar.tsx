// Search and order of the list. Both live in the address, so that a list can be linked to.
import { useEffect, useState } from 'react';
import type { TicketSearch, TicketSort } from '@/lib/keys';
import { texts } from '@/lib/texts';
import css from './TicketGrid.module.css';

const typing_pause_ms = 220;
const sorts = Object.keys(texts.list.sorts) as TicketSort[];

export function ListToolbar({ search, onChange }: { search: TicketSearch; onChange: (search: TicketSearch) => void }) {
  const [text, setText] = useState(search.q);
  const [shown, setShown] = useState(search.q);
  if (shown !== search.q) {
    // Changed from outside: "show all", or the browser's back button.
    setShown(search.q);
    setText(search.q);
  }
  useEffect(() => {
    const q = text.trim();
    if (q === search.q) return;
    const timer = setTimeout(() => onChange({ ...search, q }), typing_pause_ms);
    return () => clearTimeout(timer);
  }, [text, search, onChange]);

  return (
    <div role="search" className={css.bar}>
      <div className={css.search}>
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M13 13l5 5M8.5 15a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13z" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
        </svg>
        <input
          type="search"
          dir="auto"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={texts.list.search}
          aria-label={texts.list.search}
          maxLength={100}
          enterKeyHint="search"
        />
      </div>
      <div className={css.sorts} role="radiogroup" aria-label={texts.list.sort}>
        {sorts.map((sort) => (
          <label key={sort}>
            <input type="radio" name="sort" checked={search.sort === sort} onChange={() => onChange({ ...search, sort })} />
            <span>{texts.list.sorts[sort]}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
