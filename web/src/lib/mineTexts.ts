// The words of what one has bought and sells (see texts.ts).
export const mineTexts = {
  mine: {
    title: 'My tickets',
    lead: 'What you have bought, and what you are selling.',
    toPay: 'Waiting for payment',
    bought: 'Bought',
    selling: 'Selling',
    allOrders: 'All my orders',
    nothingBought: 'You have not bought a ticket yet',
    empty: 'You are not selling anything yet',
    emptyBody: 'Have a ticket you cannot use? Someone else may want it.',
    forSale: 'For sale',
    held: 'On hold',
    sold: 'Sold',
    edit: 'Change',
    trail: 'Paper trail',
    since: { held: (time: string) => `since ${time}`, sold: (time: string) => `on ${time}` },
  },

  orders: {
    title: 'My orders',
    lead: 'Everything you have reserved, bought or let go.',
    empty: 'No orders yet',
    emptyBody: 'When you buy a ticket, you will find it here.',
    emptyAction: 'See what is for sale',
    status: {
      created: 'Waiting for payment',
      'awaiting:payment': 'Payment in progress',
      complete: 'Paid',
      cancelled: 'Cancelled',
    },
    left: (time: string) => `${time} left`,
  },
};
