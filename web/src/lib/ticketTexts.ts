// The words of a ticket's page (see texts.ts).
export const ticketTexts = {
  ticketPage: {
    title: 'Ticket',
    buy: (price: string) => `Buy for ${price}`,
    buying: 'Reserving it',
    steps: (duration: string) => [
      { name: 'Buy', does: `It is held for you for ${duration}.` },
      { name: 'Pay', does: 'By card, within that time. Change your mind and you pay nothing.' },
      { name: 'Go', does: 'It is yours, and only yours.' },
    ],
    signInToBuy: 'Sign in to buy',
    own: 'This is your ticket. It cannot be changed while it is on hold, or once it is sold.',
    edit: 'Change title or price',
    heldTitle: 'Someone is buying this ticket',
    heldUntil: (time: string, left: string) =>
      `It may be available again at ${time}, in ${left}, if they let it go or run out of time. This page will show it at once.`,
    heldOverdue: 'Their time is up. Any moment now it will be sold, or available again.',
    heldByYou: 'On hold for you',
    heldByYouBody: 'You have an open order for this ticket.',
    toOrder: 'Go to my order',
    soldTitle: 'This ticket is sold',
    soldBody: 'It will not come back, but others are still for sale.',
    soldToYou: 'You bought this ticket',
    faster: 'Someone else got it first',
    trail: 'Paper trail',
    trailLead: 'Everything that has happened to this ticket, in order.',
    trailMore: 'Show later entries',
    events: {
      created: (price: string) => `Listed for ${price}`,
      repriced: (from: string, to: string) => `Price ${from} → ${to}`,
      retitled: (from: string) => `Was called “\u2068${from}\u2069”`,
      edited: 'Saved without changes',
      reserved: 'On hold for a buyer',
      released: 'Back for sale',
      sold: 'Sold',
    },
  },
};
