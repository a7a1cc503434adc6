import { useCallback, useMemo } from 'react';
import { LiveDot } from '@/components/LiveDot';
import { Page, PageHead } from '@/components/Page';
import { ListToolbar } from '@/features/tickets/ListToolbar';
import { TicketGrid } from '@/features/tickets/TicketGrid';
import { default_search, type TicketSearch, type TicketSort } from '@/lib/keys';
import { navigate, useLocation } from '@/lib/router';
import { texts } from '@/lib/texts';

export function ListPage() {
  const { search: address } = useLocation();
  const q = address.get('q') ?? default_search.q;
  const given = address.get('sort') ?? '';
  const sort = given in texts.list.sorts ? (given as TicketSort) : default_search.sort;
  const search = useMemo<TicketSearch>(() => ({ q, sort }), [q, sort]);

  const change = useCallback((next: TicketSearch) => {
    const query = new URLSearchParams();
    if (next.q) query.set('q', next.q);
    if (next.sort !== default_search.sort) query.set('sort', next.sort);
    const text = query.toString();
    navigate(text ? `/?${text}` : '/', { replace: true });
  }, []);

  return (
    <Page title={q ? texts.list.titleFor(q) : texts.list.title}>
      <PageHead title={texts.list.title} lead={texts.list.lead}>
        <LiveDot />
      </PageHead>
      <ListToolbar search={search} onChange={change} />
      <TicketGrid search={search} onClear={() => change({ ...search, q: '' })} />
    </Page>
  );
}
