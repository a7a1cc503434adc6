// A labelled input with what is wrong with it right below it.
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';
import css from './controls.module.css';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  affix?: string; // such as the currency, inside the input
  errors?: string[];
}

export function Field({ label, hint, affix, errors = [], ...input }: Props) {
  const id = useId();
  const described = [hint && `${id}-hint`, errors.length > 0 && `${id}-error`].filter(Boolean).join(' ');
  const control = (
    <input
      id={id}
      className={css.input}
      aria-invalid={errors.length > 0}
      aria-describedby={described || undefined}
      {...input}
    />
  );
  return (
    <div className={css.field}>
      <label className={css.label} htmlFor={id}>
        {label}
      </label>
      {affix ? (
        <span className={css.affixed}>
          {control}
          <span className={css.affix} aria-hidden="true">
            {affix}
          </span>
        </span>
      ) : (
        control
      )}
      {hint && (
        <p className={css.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {errors.length > 0 && (
        <div id={`${id}-error`}>
          {errors.map((message) => (
            <p className={css.error} key={message}>
              {message}
            </p>
          ))}
        </div>
      )}
    </div>
  );
}
