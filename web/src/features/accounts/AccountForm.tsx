// Sign in and sign up: the same two fields.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Field } from '@/components/Field';
import { Form } from '@/components/Form';
import { ErrorNotice, fieldErrors } from '@/components/Notice';
import { navigate } from '@/lib/router';
import { useConfig } from '@/lib/session';
import { accountTexts } from '@/lib/accountTexts';
import { type Credentials, enter } from './api';

export type AccountMode = 'signin' | 'signup';

export function AccountForm({ mode, returnTo }: { mode: AccountMode; returnTo: string }) {
  const client = useQueryClient();
  const config = useConfig();
  const [credentials, setCredentials] = useState<Credentials>({ email: '', password: '' });
  const [shown, setShown] = useState(false);
  const submit = useMutation({
    mutationFn: () => enter(client, mode, credentials),
    onSuccess: () => navigate(returnTo, { replace: true }),
  });
  const label = mode === 'signin' ? accountTexts.account.signIn : accountTexts.account.signUp;
  return (
    <Form onSubmit={() => submit.mutate()} error={submit.error} label={label}>
      <ErrorNotice error={submit.error} fields={['email', 'password']} />
      <Field
        label={accountTexts.account.email}
        errors={fieldErrors(submit.error, 'email')}
        name="email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        value={credentials.email}
        onChange={(event) => setCredentials({ ...credentials, email: event.target.value.trim() })}
      />
      <Field
        label={accountTexts.account.password}
        hint={
          mode === 'signup' && accountTexts.account.passwordHint(config.passwordLengthMin, config.passwordLengthMax)
        }
        errors={fieldErrors(submit.error, 'password')}
        name="password"
        type={shown ? 'text' : 'password'}
        autoComplete={mode === 'signin' ? 'current-password' : 'new-password'}
        value={credentials.password}
        onChange={(event) => setCredentials({ ...credentials, password: event.target.value })}
      />
      <label>
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />{' '}
        {accountTexts.account.show}
      </label>
      <Button look="primary" type="submit" wide busy={submit.isPending}>
        {label}
      </Button>
    </Form>
  );
}
