// A printed list of what happened to a ticket or an order, by version.
import type { ReactNode } from 'react';
import { formatDateTime } from '@/lib/format';
import { texts } from '@/lib/texts';
import css from './Receipt.module.css';

export interface ReceiptLine {
  version: number;
  event: string;
  at: string;
  text: ReactNode;
}

export function Receipt(props: { title: string; lead?: string; lines: ReceiptLine[]; children?: ReactNode }) {
  return (
    <section className={css.wrap} aria-label={props.title}>
      <div className={css.receipt}>
        <div>
          <h2>{props.title}</h2>
          {props.lead && <p className={css.lead}>{props.lead}</p>}
        </div>
        <ol className={css.lines}>
          {props.lines.map((line) => (
            <li key={line.version} data-event={line.event}>
              <span className={css.version}>{texts.ticket.version(line.version)}</span>
              <span className={css.what} dir="auto">{line.text}</span>
              <time className={css.when} dateTime={line.at}>
                {formatDateTime(new Date(line.at))}
              </time>
            </li>
          ))}
        </ol>
        {props.children}
      </div>
    </section>
  );
}
