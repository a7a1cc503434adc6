// Signing in, up and out: one piece of script, fetched when the browser has nothing better to do.
export { AccountPage } from './AccountPage';
export { SignOutPage } from './SignOutPage';
