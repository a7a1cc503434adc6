// The tickets for sale: searched, sorted, endless, and alive. A row that is taken stays where it is,
// so that nothing jumps under the pointer; it is gone with the next load.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { Button, ButtonLink } from '@/components/Button';
import { Empty, LoadFailure, TicketSkeletons } from '@/components/Page';
import { outcomeProps } from '@/components/Notice';
import { TicketPaper } from '@/components/TicketPaper';
import { isTransient } from '@/lib/api';
import { formatCount } from '@/lib/format';
import type { TicketSearch } from '@/lib/keys';
import { useCurrentUser } from '@/lib/session';
import { texts } from '@/lib/texts';
import { ticketListQuery } from './api';
import type { ListedTicket } from './cache';
import css from './TicketGrid.module.css';

export function TicketGrid({ search, onClear }: { search: TicketSearch; onClear: () => void }) {
  const wanted = useDeferredValue(search);
  const list = useInfiniteQuery(ticketListQuery(wanted));
  const rows = useMemo(() => withoutRepeats(list.data?.pages.flatMap((page) => page.rows) ?? []), [list.data]);
  const [end, isNear] = useNear();
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = list;
  useEffect(() => {
    if (isNear && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [isNear, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);

  if (!list.data) {
    const failure = list.failureReason;
    return (
      <>
        {failure && <LoadFailure error={failure} retry={() => void list.refetch()} />}
        {(!failure || isTransient(failure)) && (
          <div className={css.grid}>
            <TicketSkeletons count={9} />
          </div>
        )}
      </>
    );
  }
  if (rows.length === 0) return <NothingFor search={wanted} onClear={onClear} />;
  const open = rows.filter((row) => row.orderId === undefined).length;
  return (
    <>
      <p className="visually-hidden" role="status">
        {texts.list.results(formatCount(open), list.hasNextPage)}
      </p>
      <ul className={css.grid}>
        {rows.map((ticket) => (
          <li key={ticket.id}>
            <TicketCard ticket={ticket} />
          </li>
        ))}
        {list.isFetchingNextPage && <TicketSkeletons count={3} />}
      </ul>
      <div className={css.more} ref={end}>
        {list.isFetchNextPageError && <LoadFailure error={list.error} retry={() => void list.fetchNextPage()} />}
        {list.hasNextPage ? (
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? texts.list.loadingMore : texts.list.more}
          </Button>
        ) : (
          <p {...outcomeProps}>{texts.list.end}</p>
        )}
      </div>
    </>
  );
}

function TicketCard({ ticket }: { ticket: ListedTicket }) {
  const user = useCurrentUser();
  const state = ticket.orderId === undefined ? 'open' : ticket.sold ? 'sold' : 'held';
  return (
    <TicketPaper
      id={ticket.id}
      title={ticket.title}
      price={ticket.price}
      to={`/tickets/${ticket.id}`}
      state={state}
      stamp={state === 'open' ? null : { text: texts.ticket[state], tone: state === 'sold' ? 'bad' : 'quiet' }}
      fresh={ticket.fresh ?? false}
      note={user && user.id === ticket.userId ? texts.ticket.yours : texts.ticket.admit}
    />
  );
}

function NothingFor({ search, onClear }: { search: TicketSearch; onClear: () => void }) {
  return search.q ? (
    <Empty title={<NoMatch q={search.q} />} action={<Button onClick={onClear}>{texts.list.noMatchAction}</Button>}>
      {texts.list.noMatchBody}
    </Empty>
  ) : (
    <Empty
      title={texts.list.empty}
      action={
        <ButtonLink look="primary" to="/tickets/new">
          {texts.list.emptyAction}
        </ButtonLink>
      }
    >
      {texts.list.emptyBody}
    </Empty>
  );
}

function NoMatch({ q }: { q: string }) {
  const [before, after] = texts.list.noMatch;
  return (
    <>
      {before}
      <bdi>{q}</bdi>
      {after}
    </>
  );
}

// A page that was fetched after a row moved may bring it again.
function withoutRepeats(rows: ListedTicket[]): ListedTicket[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}

/** Whether the element that the ref is given to is near the visible part of the page. */
function useNear() {
  const [isNear, setNear] = useState(false);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element || typeof IntersectionObserver === 'undefined') return;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false), {
      rootMargin: '600px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, isNear] as const;
}
