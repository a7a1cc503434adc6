import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys } from '@/lib/keys';
import { navigate } from '@/lib/router';
import { useCurrency, useCurrentUser } from '@/lib/session';
import { readStored, removeStored, writeStored } from '@/lib/storage';
import { sellingTexts } from '@/lib/sellingTexts';
import { type Listing, listTicket } from './api';
import { applyTicket } from './cache';
import { ListingForm } from './ListingForm';
import { tidyPrice } from './price';

export function SellTicket() {
  const client = useQueryClient();
  const currency = useCurrency();
  // What was typed is still there when the session has ended meanwhile, and for nobody else.
  const draft = `usher:draft:${useCurrentUser()?.id}`;
  const [listing, setListing] = useState<Listing>(() => readStored<Listing>('session', draft) ?? { title: '', price: '' });
  const change = (next: Listing) => {
    writeStored('session', draft, next);
    setListing(next);
  };
  const sell = useMutation({
    mutationFn: listTicket,
    onSuccess: (ticket) => {
      removeStored('session', draft);
      client.setQueryData(keys.ticket(ticket.id), ticket);
      applyTicket(client, ticket);
      navigate(`/tickets/${ticket.id}`);
    },
  });
  return (
    <ListingForm
      label={sellingTexts.listing.sellTitle}
      value={listing}
      onChange={change}
      onSubmit={() => sell.mutate({ title: listing.title.trim(), price: tidyPrice(listing.price, currency) })}
      busy={sell.isPending}
      error={sell.error}
      submit={sell.isPending ? sellingTexts.listing.listing : sellingTexts.listing.list}
    />
  );
}
