// Stripe's card field, loaded from Stripe when the node has a key for it. Only its token comes back.
interface StripeElement {
  mount(target: HTMLElement): void;
  destroy(): void;
  update(options: { style: object }): void;
}
interface StripeApi {
  elements(): { create(type: 'card', options: { style: object; hidePostalCode?: boolean }): StripeElement };
  createToken(element: StripeElement): Promise<{ token?: { id: string }; error?: { message?: string } }>;
}
declare global {
  interface Window {
    Stripe?: (key: string) => StripeApi;
  }
}

let loading: Promise<void> | null = null;

function load(): Promise<void> {
  loading ??= new Promise<void>((resolve, reject) => {
    const script = document.createElement('script');
    script.src = 'https://js.stripe.com/v3/';
    script.onload = () => resolve();
    script.onerror = () => {
      loading = null; // the next try loads it again
      script.remove();
      reject(new Error('Stripe.js'));
    };
    document.head.append(script);
  });
  return loading;
}

export interface CardForm {
  tokenize(): Promise<string>; // throws an Error with Stripe's words
  remove(): void;
}

export async function mountCard(key: string, target: HTMLElement): Promise<CardForm> {
  if (!window.Stripe) await load();
  if (!window.Stripe) throw new Error('Stripe.js');
  const stripe = window.Stripe(key);
  const { color, fontFamily } = getComputedStyle(target);
  const card = stripe.elements().create('card', { style: { base: { color, fontFamily, fontSize: '16px' } } });
  card.mount(target);
  return {
    async tokenize() {
      const { token, error } = await stripe.createToken(card);
      if (!token) throw new Error(error?.message ?? '');
      return token.id;
    },
    remove: () => card.destroy(),
  };
}
