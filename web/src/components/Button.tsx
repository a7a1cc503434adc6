import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { useLiveState } from '@/lib/liveState';
import { Link } from '@/lib/router';
import { texts } from '@/lib/texts';
import css from './controls.module.css';

export type ButtonLook = 'primary' | 'plain' | 'danger' | 'stamped' | 'quiet';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  busy?: boolean; // its command is on the way: it takes no further click, but keeps the focus
  wide?: boolean;
}

export function Button({ look = 'plain', busy = false, wide, className, children, onClick, ...rest }: Props) {
  const isAway = useLiveState() === 'offline'; // then nothing is being done yet, whatever it says
  return (
    <button
      type="button"
      className={[css.button, css[look], wide && css.wide, className].filter(Boolean).join(' ')}
      aria-busy={busy}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
      {...rest}
    >
      {busy && <span className={css.spinner} aria-hidden="true" />}
      {busy && isAway ? texts.live.waiting : children}
    </button>
  );
}

export function ButtonLink(props: { to: string; look?: ButtonLook; wide?: boolean; children: ReactNode }) {
  const names = [css.button, css[props.look ?? 'plain'], props.wide && css.wide];
  return (
    <Link to={props.to} className={names.filter(Boolean).join(' ')}>
      {props.children}
    </Link>
  );
}
