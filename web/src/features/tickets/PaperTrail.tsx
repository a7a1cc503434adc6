// What happened to a ticket, by version. Also tells apart a ticket that is on hold and a sold one.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '@/components/Button';
import { Receipt, type ReceiptLine } from '@/components/Receipt';
import { type Currency, money } from '@/lib/format';
import type { TicketHistoryEntry } from '@/lib/schema';
import { useCurrency } from '@/lib/session';
import { ticketTexts } from '@/lib/ticketTexts';
import { historyQuery } from './api';

export function PaperTrail({ id }: { id: string }) {
  const currency = useCurrency();
  const history = useInfiniteQuery(historyQuery(id));
  const entries = history.data?.pages.flatMap((page) => page.rows) ?? [];
  const lines = entries.map((entry, i) => line(entry, entries[i - 1], currency));
  return (
    <Receipt title={ticketTexts.ticketPage.trail} lead={ticketTexts.ticketPage.trailLead} lines={lines}>
      {history.hasNextPage && (
        <Button look="quiet" busy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          {ticketTexts.ticketPage.trailMore}
        </Button>
      )}
    </Receipt>
  );
}

function line(entry: TicketHistoryEntry, before: TicketHistoryEntry | undefined, currency: Currency): ReceiptLine {
  return { version: entry.version, event: entry.event, at: entry.at, text: described(entry, before, currency) };
}

function described(entry: TicketHistoryEntry, before: TicketHistoryEntry | undefined, currency: Currency): string {
  const words = ticketTexts.ticketPage.events;
  const price = (of: TicketHistoryEntry) => money(of.ticket.price, currency);
  switch (entry.event) {
    case 'created':
      return words.created(price(entry));
    case 'edited': {
      const changes: string[] = [];
      if (before && before.ticket.price !== entry.ticket.price) changes.push(words.repriced(price(before), price(entry)));
      if (before && before.ticket.title !== entry.ticket.title) changes.push(words.retitled(before.ticket.title));
      return changes.join('. ') || words.edited;
    }
    case 'reserved':
    case 'released':
    case 'sold':
      return words[entry.event];
  }
}
