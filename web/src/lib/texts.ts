// Every word of the shop is in this file and its neighbours (*Texts.ts): to be proof-read, and to be
// translated. Here is what every page needs; the others come with the pages that show them.
export const texts = {
  brand: 'Usher',

  documentTitle: (page: string) => `${page} · Usher`,

  nav: {
    label: 'Main',
    skip: 'Skip to the content',
    home: 'Usher: tickets for sale',
    tickets: 'For sale',
    sell: 'Sell',
    mine: 'My tickets',
    signIn: 'Sign in',
    signUp: 'Sign up',
    signOut: 'Sign out',
    signedInAs: (email: string) => `Signed in as ${email}`,
    operator: 'Control room',
    lights: 'House lights',
    lightsOn: 'Turn the house lights on',
    lightsOff: 'Turn the house lights off',
    sandbox: 'Sandbox: pretend cards, no real money.',
    footer: 'No ticket is ever sold twice.',
  },

  live: {
    states: { live: 'Live', connecting: 'Connecting', offline: 'Not live' },
    offline: 'You are offline. What you see may be out of date; it will catch up by itself.',
    reconnecting: 'Reconnecting to the box office. This page will catch up by itself.',
    back: 'Reconnected, and up to date.',
    waiting: 'Waiting for the connection',
  },

  session: {
    spoken: 'The account has changed.',
    signedOut: 'You have been signed out',
    signedOutBody: 'In another tab, or because your session has ended.',
    nowAs: (email: string) => `You are now signed in as ${email}`,
    nowAsBody: 'Another tab changed that. Nothing has been done in the other name.',
  },

  errors: {
    unknown: 'Something went wrong here.',
    unreachable: 'The box office did not answer. Try again: it will only count once.',
    busy: 'The box office is busy. Try again in a moment.',
    loadingAgain: 'The box office is not answering at the moment. We’ll keep trying.',
    notLoaded: 'This could not be loaded.',
    notYours: 'This belongs to someone else',
    notYoursBody: 'It is under another account, or you have been signed out.',
    otherAccount: 'Sign in with another account',
    tryAgain: 'Try again',
    crashed: 'This page tripped over itself.',
    crashedBody: 'Reload it. Nothing you bought or listed is affected.',
    reload: 'Reload',
  },

  notFound: {
    title: 'No such seat',
    body: 'There is nothing at this address. It may have been mistyped.',
    action: 'See what is for sale',
  },

  ticket: {
    version: (version: number) => `v${version}`,
    admit: 'Admit one',
    serial: (text: string) => `Nº ${text}`,
    yours: 'Sold by you',
    held: 'On hold',
    sold: 'Sold',
    heldFor: 'Held for you',
  },

  list: {
    title: 'Tickets for sale',
    titleFor: (q: string) => `“${q}”: tickets for sale`,
    lead: 'Straight from the people who have them.',
    search: 'Search titles',
    sort: 'Sort by',
    sorts: { '-created': 'Newest first', created: 'Oldest first', price: 'Cheapest first', '-price': 'Dearest first' },
    more: 'Show more',
    loadingMore: 'Loading more',
    end: 'That is all there is.',
    results: (count: string, more: boolean) => `${more ? 'More than ' : ''}${count} for sale`,
    empty: 'Nothing is for sale',
    emptyBody: 'Nobody is selling a ticket right now. New ones appear here the moment they are listed.',
    emptyAction: 'Sell a ticket',
    noMatch: ['Nothing matches “', '”'], // around what was searched for
    noMatchBody: 'Try a shorter search. New tickets that match will show up by themselves.',
    noMatchAction: 'Show all tickets',
  },
};
