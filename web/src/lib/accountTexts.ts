// The words of signing in, up and out (see texts.ts).
export const accountTexts = {
  account: {
    signInTitle: 'Welcome back',
    signUpTitle: 'Come on in',
    signInLead: 'Sign in to buy and sell.',
    signUpLead: 'An e-mail address and a password are all you need to buy and sell.',
    email: 'E-mail',
    password: 'Password',
    passwordHint: (min: number, max: number) => `${min} to ${max} characters.`,
    show: 'Show password',
    signIn: 'Sign in',
    signUp: 'Sign up',
    noAccount: 'New here?',
    haveAccount: 'Been here before?',
    signedOut: 'You are signed out',
    signedOutBody: 'See you at the next show.',
    signingOut: (email: string) => `Signing out ${email}`,
  },
};
