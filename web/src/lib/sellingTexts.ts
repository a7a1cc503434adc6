// The words of selling (see texts.ts).
export const sellingTexts = {
  listing: {
    sellTitle: 'Sell a ticket',
    sellLead: 'It goes on sale the moment you list it, and it can only be sold once.',
    editTitle: 'Change your ticket',
    editTitleFor: (title: string) => `Change your ticket: ${title}`,
    title: 'What is it for?',
    titleHint: 'Show, date and seat: what a buyer wants to know first.',
    titleExample: 'Night bus to Saturn, 14 June, row C',
    price: 'Price',
    priceHint: (min: string, max: string, decimals: number, step: string | null) => {
      const numbers = step ? `in steps of ${step}` : decimals > 0 ? `with up to ${decimals} decimals` : 'in whole numbers';
      return `From ${min} to ${max}, ${numbers}.`;
    },
    list: 'List it for sale',
    listing: 'Listing it',
    save: 'Save',
    saving: 'Saving it',
    cancel: 'Leave it as it is',
    toTicket: 'To the ticket',
    preview: 'How it will look',
    previewTitle: 'Your show here',
    previewNote: 'Its picture is drawn from its serial number, which it gets when it is listed.',
    notYours: 'Only its seller can change this ticket.',
    locked: 'It is on hold or sold',
    lockedBody: 'A ticket can only be changed while nobody is buying it. If it becomes available again, so does this page.',
    stale: 'It was changed elsewhere',
    staleBody: 'While you were editing, this ticket was changed in another window. Your changes have not been saved yet. Which version do you want?',
    staleWas: 'When you started',
    staleNow: 'Now',
    staleYours: 'Yours',
    keepMine: 'Save mine instead',
    takeTheirs: 'Keep what it says now',
  },
};
