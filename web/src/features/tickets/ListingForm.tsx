// Title and price, with the ticket as it will look beside them.
import { type ReactNode } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Form } from '@/components/Form';
import { ErrorNotice, fieldErrors } from '@/components/Notice';
import { TicketPaper } from '@/components/TicketPaper';
import { money } from '@/lib/format';
import { useConfig, useCurrency } from '@/lib/session';
import { sellingTexts } from '@/lib/sellingTexts';
import type { Listing } from './api';
import css from './listing.module.css';
import { tidyPrice } from './price';

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
  const { priceMin, priceMax, priceStep, titleLengthMax } = useConfig();
  const currency = useCurrency();
  const shown = (amount: number) => money(amount, currency);
  const isAnyStep = priceStep * 10 ** currency.decimals <= 1;
  const price = Number(tidyPrice(value.price, currency));
  return (
    <div className={css.split}>
      <Form onSubmit={onSubmit} error={error} label={label}>
        {before}
        <ErrorNotice error={error} fields={['title', 'price']} />
        <Field
          label={sellingTexts.listing.title}
          hint={sellingTexts.listing.titleHint}
          placeholder={sellingTexts.listing.titleExample}
          errors={fieldErrors(error, 'title')}
          name="title"
          dir="auto"
          autoComplete="off"
          maxLength={titleLengthMax}
          value={value.title}
          onChange={(event) => onChange({ ...value, title: event.target.value })}
        />
        <Field
          label={sellingTexts.listing.price}
          hint={sellingTexts.listing.priceHint(shown(priceMin), shown(priceMax), currency.decimals, isAnyStep ? null : shown(priceStep))}
          affix={currencySign(currency.code)}
          errors={fieldErrors(error, 'price')}
          name="price"
          inputMode="decimal"
          autoComplete="off"
          value={value.price}
          onChange={(event) => onChange({ ...value, price: event.target.value })}
          onBlur={() => onChange({ ...value, price: tidyPrice(value.price, currency) })}
        />
        <div className={css.buttons}>
          <Button look="primary" type="submit" busy={busy}>
            {submit}
          </Button>
          {beside}
        </div>
      </Form>
      <aside className={css.preview}>
        <h2>{sellingTexts.listing.preview}</h2>
        <TicketPaper
          id={id ?? preview_id}
          title={value.title.trim() || sellingTexts.listing.previewTitle}
          price={price > 0 && Number.isFinite(price) ? price : 0}
        />
        {!id && <p className={css.note}>{sellingTexts.listing.previewNote}</p>}
      </aside>
    </div>
  );
}

function currencySign(currency: string): string {
  const parts = new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency: currency.toUpperCase(),
    currencyDisplay: 'narrowSymbol',
  }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}
