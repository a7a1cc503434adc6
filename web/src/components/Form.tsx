// A form whose first wrong field gets the focus when its command was refused.
import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import css from './controls.module.css';

export function Form(props: { onSubmit: () => void; error: unknown; label: string; children: ReactNode }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (props.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [props.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <form ref={form} className={css.form} onSubmit={submit} aria-label={props.label} noValidate>
      {props.children}
    </form>
  );
}
