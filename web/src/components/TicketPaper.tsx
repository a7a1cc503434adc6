// A ticket as paper: the picture, the title, and a stub with the price behind a perforation.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { moneyParts, serial } from '@/lib/format';
import { Link } from '@/lib/router';
import { useCurrency } from '@/lib/session';
import { texts } from '@/lib/texts';
import { Artwork, Barcode } from './Artwork';
import { stockOf } from './seed';
import css from './TicketPaper.module.css';

/** open: for sale; held: reserved; sold: the stub is torn; void: an order that came to nothing. */
export type PaperState = 'open' | 'held' | 'sold' | 'void';

interface Props {
  id: string;
  title: string;
  price: number;
  state?: PaperState;
  stamp?: { text: string; tone?: 'bad' | 'good' | 'quiet' } | null;
  to?: string;
  hero?: boolean;
  fresh?: boolean; // it has just come in by the feed
  note?: ReactNode; // beside the serial number
  foot?: ReactNode; // under the title
  children?: ReactNode; // on the stub, under the price
}

const lengths = [['short', 26], ['medium', 42], ['long', 90], ['huge', 240]] as const;

// A title is always there in full: the longer it is, the smaller it is printed. (A node may let any
// title pass; what is longer than a page is cut on cards alone.)
const lengthOf = (title: string) => lengths.find(([, most]) => title.length <= most)?.[0] ?? 'endless';

// Letters that reach further up or down than the tight lines of a Latin poster leave room for.
const isTall = (title: string) => /[^\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Common}\p{sc=Inherited}]|\p{Extended_Pictographic}/u.test(title);

export function TicketPaper(props: Props) {
  const { id, title, price, state = 'open', stamp, to, hero = false, fresh, note, foot, children } = props;
  const names = [css.ticket, hero && css.hero, to && css.linked, fresh && css.fresh];
  const Heading = hero ? 'h1' : 'h2';
  return (
    <article className={names.filter(Boolean).join(' ')} data-stock={stockOf(id)} data-state={state}>
      <div className={css.sheet}>
        <div className={css.body}>
          <div className={css.art}>
            <Artwork id={id} />
          </div>
          <div className={css.face}>
            <p className={css.micro}>
              <span>{note ?? texts.ticket.admit}</span>
              <span className={css.serial}>{texts.ticket.serial(serial(id))}</span>
            </p>
            <Heading
              className={css.title}
              dir="auto"
              data-length={lengthOf(title)}
              data-tall={isTall(title) || undefined}
              {...(hero ? { tabIndex: -1 } : {})}
            >
              {to ? <Link to={to}>{title}</Link> : title}
            </Heading>
            {foot}
          </div>
        </div>
        <div className={css.stub}>
          <PrintedPrice price={price} />
          <div className={css.foot}>
            {children}
            <Barcode id={id} />
          </div>
        </div>
      </div>
      {stamp && (
        <p className={css.stamp} data-tone={stamp.tone ?? 'bad'}>
          {stamp.text}
        </p>
      )}
    </article>
  );
}

const repriced_ms = 1600;

/** The price with small cents; when it changes under one's eyes it is inverted for a moment. */
function PrintedPrice({ price }: { price: number }) {
  const currency = useCurrency();
  const shown = useRef(price);
  const [changed, setChanged] = useState(false);
  useEffect(() => {
    if (shown.current === price) return;
    shown.current = price;
    setChanged(true);
    const timer = setTimeout(() => setChanged(false), repriced_ms);
    return () => clearTimeout(timer);
  }, [price]);

  const parts = moneyParts(price, currency);
  const whole = parts.map((part) => part.value).join('');
  const length = whole.length > 14 ? 'endless' : whole.length > 10 ? 'huge' : whole.length > 7 ? 'long' : 'short';
  return (
    <p className={css.price} data-length={length}>
      <span className="visually-hidden">{whole}</span>
      <span aria-hidden="true" className={changed ? `${css.digits} ${css.repriced}` : css.digits}>
        {parts.map(({ type, value }, i) =>
          type === 'currency' || type === 'fraction' ? (
            <span key={i} className={css.small}>
              {value}
            </span>
          ) : type === 'decimal' ? null : (
            value
          ),
        )}
      </span>
    </p>
  );
}
