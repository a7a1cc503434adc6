// The words around Stripe’s card form (see texts.ts).
export const stripeTexts = {
  title: 'Pay by card',
  lead: 'Your card details go to Stripe, never to us.',
  card: 'Card',
  loading: 'Loading Stripe’s card form',
  missing: 'This site takes cards through its API only',
  missingBody: 'Its operator has not set a publishable key for the card form.',
  failed: 'Stripe’s card form could not be loaded. Check that nothing blocks js.stripe.com.',
};
