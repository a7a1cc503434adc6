// Title and price, with the ticket as it will look beside them.
import { type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Form } from '@/components/Form';
import { ErrorNotice, fieldErrors } from '@/components/Notice';
import { TicketPaper } from '@/components/TicketPaper';
import { money } from '@/lib/format';
import { useConfig } from '@/lib/session';
import { texts } from '@/lib/texts';
import type { Listing } from './api';
import css from './listing.module.css';

const preview_id = '0'.repeat(24); // a ticket has its number once it is listed

interface Props {
  id?: string; // of the ticket that is changed
  value: Listing;
  onChange: (listing: Listing) => void;
  onSubmit: () => void;
  busy: boolean;
  error: unknown;
  submit: string;
  label: string;
  before?: ReactNode;
  beside?: ReactNode; // after the submit button
}

export function ListingForm({ id, value, onChange, onSubmit, busy, error, submit, label, before, beside }: Props) {
  const { currency, priceMax, titleLengthMax } = useConfig();
  const price = Number(value.price);
  return (
    <div className={css.split}>
      <Form onSubmit={onSubmit} error={error} label={label}>
        {before}
        <ErrorNotice error={error} fields={['title', 'price']} />
        <Field
          label={texts.listing.title}
          hint={texts.listing.titleHint}
          placeholder={texts.listing.titleExample}
          errors={fieldErrors(error, 'title')}
          name="title"
          autoComplete="off"
          maxLength={titleLengthMax}
          value={value.title}
          onChange={(event) => onChange({ ...value, title: event.target.value })}
        />
        <Field
          label={texts.listing.price}
          hint={texts.listing.priceHint(money(priceMax, currency))}
          affix={currencySign(currency)}
          errors={fieldErrors(error, 'price')}
          name="price"
          inputMode="decimal"
          autoComplete="off"
          value={value.price}
          onChange={(event) => onChange({ ...value, price: event.target.value })}
          onBlur={() => onChange({ ...value, price: tidyPrice(value.price) })}
        />
        <div className={css.buttons}>
          <Button look="primary" type="submit" busy={busy}>
            {submit}
          </Button>
          {beside}
        </div>
      </Form>
      <aside className={css.preview}>
        <h2>{texts.listing.preview}</h2>
        <TicketPaper
          id={id ?? preview_id}
          title={value.title.trim() || texts.listing.previewTitle}
          price={price > 0 && Number.isFinite(price) ? price : 0}
        />
        {!id && <p className={css.note}>{texts.listing.previewNote}</p>}
      </aside>
    </div>
  );
}

/** "20" becomes "20.00", "1,5" becomes "1.50"; what is no price stays for the server to refuse. */
export function tidyPrice(text: string): string {
  const plain = text.trim().replace(/^(\d+),(\d{1,2})$/, '$1.$2');
  return /^\d+(\.\d{0,2})?$/.test(plain) ? Number(plain).toFixed(2) : text.trim();
}

function currencySign(currency: string): string {
  const parts = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: currency.toUpperCase(),
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}
