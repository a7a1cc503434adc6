import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { navigate } from '@/lib/router';
import { keys } from '@/lib/keys';
import { texts } from '@/lib/texts';
import { type Listing, listTicket } from './api';
import { applyTicket } from './cache';
import { ListingForm, tidyPrice } from './ListingForm';

export function SellTicket() {
  const client = useQueryClient();
  const [listing, setListing] = useState<Listing>({ title: '', price: '' });
  const sell = useMutation({
    mutationFn: listTicket,
    onSuccess: (ticket) => {
      client.setQueryData(keys.ticket(ticket.id), ticket);
      applyTicket(client, ticket);
      navigate(`/tickets/${ticket.id}`);
    },
  });
  return (
    <ListingForm
      label={texts.listing.sellTitle}
      value={listing}
      onChange={setListing}
      onSubmit={() => sell.mutate({ title: listing.title.trim(), price: tidyPrice(listing.price) })}
      busy={sell.isPending}
      error={sell.error}
      submit={sell.isPending ? texts.listing.listing : texts.listing.list}
    />
  );
}
