// Changing one's ticket. A save is based on the version that the form was opened with; when there is
// a newer one, nothing is written and the person decides what the ticket should say.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, ButtonLink } from '@/components/Button';
import { Notice } from '@/components/Notice';
import { LoadFailure } from '@/components/Page';
import { isStale } from '@/lib/api';
import { useDocumentTitle } from '@/lib/documentTitle';
import { type Currency, money } from '@/lib/format';
import { keys } from '@/lib/keys';
import { navigate } from '@/lib/router';
import type { Ticket } from '@/lib/schema';
import { useCurrency, useCurrentUser } from '@/lib/session';
import { sellingTexts } from '@/lib/sellingTexts';
import { changeTicket, type Listing, ticketQuery } from './api';
import { applyTicket } from './cache';
import { ListingForm } from './ListingForm';
import css from './listing.module.css';
import { tidyPrice } from './price';

export function EditTicket({ id }: { id: string }) {
  const query = useQuery(ticketQuery(id));
  const user = useCurrentUser();
  const ticket = query.data;
  useDocumentTitle(ticket && sellingTexts.listing.editTitleFor(ticket.title));
  if (!ticket) {
    if (!query.failureReason) return null;
    return <LoadFailure error={query.failureReason} retry={() => void query.refetch()} />;
  }
  const back = <ButtonLink to={`/tickets/${id}`}>{sellingTexts.listing.toTicket}</ButtonLink>;
  if (user?.id !== ticket.userId) return <Notice tone="bad" title={sellingTexts.listing.notYours} actions={back} />;
  if (ticket.orderId !== undefined) {
    return (
      <Notice tone="wait" title={sellingTexts.listing.locked} actions={back}>
        {sellingTexts.listing.lockedBody}
      </Notice>
    );
  }
  return <EditForm current={ticket} />;
}

const listingOf = (ticket: Ticket, currency: Currency): Listing => ({
  title: ticket.title,
  price: ticket.price.toFixed(currency.decimals),
});

function EditForm({ current }: { current: Ticket }) {
  const client = useQueryClient();
  const [base, setBase] = useState(current); // what the person has seen and is changing
  const currency = useCurrency();
  const [listing, setListing] = useState(() => listingOf(current, currency));
  const stale = current.version !== base.version;

  const save = useMutation({
    mutationFn: (over: Ticket) =>
      changeTicket(base.id, over.version, { title: listing.title.trim(), price: tidyPrice(listing.price, currency) }),
    onSuccess: (ticket) => {
      applyTicket(client, ticket);
      client.setQueryData(keys.ticket(ticket.id), ticket);
      navigate(`/tickets/${ticket.id}`);
    },
    onError: () => client.invalidateQueries({ queryKey: keys.ticket(base.id) }),
  });

  const keepMine = () => {
    setBase(current);
    save.mutate(current);
  };
  const takeTheirs = () => {
    setBase(current);
    setListing(listingOf(current, currency));
    save.reset();
  };
  return (
    <ListingForm
      id={base.id}
      label={sellingTexts.listing.editTitle}
      value={listing}
      onChange={setListing}
      onSubmit={() => save.mutate(base)}
      busy={save.isPending}
      error={isStale(save.error) ? null : save.error}
      submit={save.isPending ? sellingTexts.listing.saving : sellingTexts.listing.save}
      before={
        stale && (
          <Notice
            tone="bad"
            outcome
            title={sellingTexts.listing.stale}
            actions={
              <>
                <Button look="primary" busy={save.isPending} onClick={keepMine}>
                  {sellingTexts.listing.keepMine}
                </Button>
                <Button onClick={takeTheirs}>{sellingTexts.listing.takeTheirs}</Button>
              </>
            }
          >
            <p>{sellingTexts.listing.staleBody}</p>
            <Versions base={listingOf(base, currency)} now={listingOf(current, currency)} mine={{ ...listing, price: tidyPrice(listing.price, currency) }} />
          </Notice>
        )
      }
      beside={<ButtonLink to={`/tickets/${base.id}`}>{sellingTexts.listing.cancel}</ButtonLink>}
    />
  );
}

function Versions({ base, now, mine }: { base: Listing; now: Listing; mine: Listing }) {
  const currency = useCurrency();
  const rows: [string, Listing][] = [
    [sellingTexts.listing.staleWas, base],
    [sellingTexts.listing.staleNow, now],
    [sellingTexts.listing.staleYours, mine],
  ];
  const price = (text: string) => (Number(text) > 0 ? money(Number(text), currency) : text);
  return (
    <table className={css.versions}>
      <tbody>
        {rows.map(([name, row]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td data-differs={row.title !== base.title} dir="auto">
              {row.title}
            </td>
            <td data-differs={Number(row.price) !== Number(base.price)}>{price(row.price)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
