// Something a person should know now, with what can be done about it.
import type { ReactNode } from 'react';
import { errorEntries } from '@/lib/api';
import css from './controls.module.css';

interface Props {
  tone?: 'bad' | 'good' | 'wait' | 'plain';
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  polite?: boolean; // announced, but not at once
  outcome?: boolean; // of what the person has just done: the focus goes here when that is gone
}

/** To what came of the command, when its button may still be there. */
export function focusOutcome(): void {
  document.querySelector<HTMLElement>('main [data-outcome]')?.focus();
}

/** Of an element that says what came of a command (app/useFocus.ts). */
export const outcomeProps = { tabIndex: -1, 'data-outcome': true } as const;

export function Notice({ tone = 'plain', title, children, actions, polite, outcome }: Props) {
  return (
    <div className={css.notice} data-tone={tone} role={tone === 'bad' && !polite ? 'alert' : 'status'} {...(outcome ? outcomeProps : {})}>
      {title && <p className={css.noticeTitle}>{title}</p>}
      {children && <div>{children}</div>}
      {actions && <div className={css.actions}>{actions}</div>}
    </div>
  );
}

/** What a failed command says, without the entries that stand at their fields. */
export function ErrorNotice({ error, fields = [], actions, outcome }: { error: unknown; fields?: string[]; actions?: ReactNode; outcome?: boolean }) {
  if (!error) return null;
  const rest = errorEntries(error).filter((entry) => !entry.field || !fields.includes(entry.field));
  if (rest.length === 0) return null;
  return (
    <Notice tone="bad" actions={actions} {...(outcome ? { outcome } : {})}>
      {rest.map((entry) => (
        <p key={entry.message}>{entry.message}</p>
      ))}
    </Notice>
  );
}

/** The messages for one field of a failed command. */
export function fieldErrors(error: unknown, field: string): string[] {
  if (!error) return [];
  return errorEntries(error)
    .filter((entry) => entry.field === field)
    .map((entry) => entry.message);
}
