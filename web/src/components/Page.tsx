// What every page is made of: a heading, panels, and its states without content.
import { type ReactNode, useId, useLayoutEffect } from 'react';
import { hasStatus, isTransient } from '@/lib/api';
import { useDocumentTitle } from '@/lib/documentTitle';
import { useLocation } from '@/lib/router';
import { texts } from '@/lib/texts';
import { Button, ButtonLink } from './Button';
import { Notice } from './Notice';
import css from './Page.module.css';

export function Page({ title, narrow, children }: { title: string; narrow?: boolean; children: ReactNode }) {
  useLayoutEffect(() => {
    document.title = texts.documentTitle(title);
  }, [title]);
  return <div className={narrow ? `${css.page} ${css.narrow}` : css.page}>{children}</div>;
}

export function PageHead({ title, lead, children }: { title: ReactNode; lead?: ReactNode; children?: ReactNode }) {
  return (
    <header className={css.head}>
      <div className={css.titles}>
        <h1 tabIndex={-1}>{title}</h1>
        {lead && <p className={css.lead}>{lead}</p>}
      </div>
      {children}
    </header>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, beside, children }: { title: string; beside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.section} aria-labelledby={id}>
      <header className={css.head}>
        <h2 id={id} className={css.sectionTitle}>
          {title}
        </h2>
        {beside}
      </header>
      {children}
    </section>
  );
}

export function Panel({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <section className={css.panel} aria-label={label}>
      {children}
    </section>
  );
}

interface EmptyProps {
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  page?: boolean; // it is all there is on the page
  name?: string; // then: of the browser's tab
}

export function Empty({ title, children, action, page = false, name }: EmptyProps) {
  useDocumentTitle(page ? name : null);
  return (
    <div className={css.empty}>
      <EmptyRows />
      {page ? (
        <h1 className={css.emptyTitle} tabIndex={-1}>
          {title}
        </h1>
      ) : (
        <p className={css.emptyTitle}>{title}</p>
      )}
      {children && <p className="soft">{children}</p>}
      {action}
    </div>
  );
}

function EmptyRows() {
  return (
    <svg className={css.rows} viewBox="0 0 132 46" aria-hidden="true" focusable="false">
      {Array.from({ length: 18 }, (_, i) => {
        const x = (i % 6) * 22 + 2;
        const y = Math.floor(i / 6) * 16 + 1;
        return (
          <path
            key={i}
            d={`M${x + 2},${y + 9}v-5a3,3 0 0 1 3,-3h8a3,3 0 0 1 3,3v5M${x},${y + 11.5}h18`}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeLinecap="round"
          />
        );
      })}
    </svg>
  );
}

export function TicketSkeletons({ count }: { count: number }) {
  return (
    <>
      {Array.from({ length: count }, (_, i) => (
        <div className={css.skeleton} key={i} aria-hidden="true" />
      ))}
    </>
  );
}

/** There is nothing at this address. */
export function NothingHere() {
  return (
    <Empty
      page
      name={texts.notFound.title}
      title={texts.notFound.title}
      action={
        <ButtonLink look="primary" to="/">
          {texts.notFound.action}
        </ButtonLink>
      }
    >
      {texts.notFound.body}
    </Empty>
  );
}

function NotYours() {
  const { path } = useLocation();
  return (
    <Empty page name={texts.errors.notYours} title={texts.errors.notYours} action={<ButtonLink to={`/auth/signin?to=${path}`}>{texts.errors.otherAccount}</ButtonLink>}>
      {texts.errors.notYoursBody}
    </Empty>
  );
}

/** A list or thing that could not be had. What may pass by itself is asked for again by itself. */
export function LoadFailure({ error, retry }: { error: unknown; retry: () => void }) {
  if (isTransient(error)) return <Notice tone="wait" title={texts.errors.loadingAgain} />;
  if (hasStatus(error, 404)) return <NothingHere />;
  if (hasStatus(error, 401)) return <NotYours />;
  return (
    <Notice
      tone="bad"
      title={texts.errors.notLoaded}
      actions={<Button onClick={retry}>{texts.errors.tryAgain}</Button>}
    >
      {error instanceof Error ? error.message : null}
    </Notice>
  );
}
