import { Page, PageHead, Panel } from '@/components/Page';
import { AccountForm, type AccountMode } from '@/features/accounts/AccountForm';
import { Link, safeReturn, useLocation } from '@/lib/router';
import { accountTexts } from '@/lib/accountTexts';

export function AccountPage({ mode }: { mode: AccountMode }) {
  const { search } = useLocation();
  const to = safeReturn(search.get('to'));
  const words = accountTexts.account;
  const other = mode === 'signin' ? 'signup' : 'signin';
  const title = mode === 'signin' ? words.signInTitle : words.signUpTitle;
  return (
    <Page title={mode === 'signin' ? words.signIn : words.signUp} narrow>
      <PageHead title={title} lead={mode === 'signin' ? words.signInLead : words.signUpLead} />
      <Panel>
        <AccountForm mode={mode} returnTo={to} />
      </Panel>
      <p>
        {mode === 'signin' ? words.noAccount : words.haveAccount}{' '}
        <Link to={to === '/' ? `/auth/${other}` : `/auth/${other}?to=${to}`}>
          {mode === 'signin' ? words.signUp : words.signIn}
        </Link>
      </p>
    </Page>
  );
}
