// The pretend cards of the sandbox gateway, by what they do.
import { texts } from '@/lib/texts';

export type SandboxToken = keyof typeof texts.sandbox.cards;
export type SandboxGroup = keyof typeof texts.sandbox.groups;

export const sandbox_cards: { group: SandboxGroup; tokens: SandboxToken[] }[] = [
  { group: 'pays', tokens: ['tok_visa', 'tok_mastercard'] },
  {
    group: 'declines',
    tokens: ['tok_chargeDeclined', 'tok_chargeDeclinedInsufficientFunds', 'tok_chargeDeclinedExpiredCard'],
  },
  { group: 'slow', tokens: ['tok_slow', 'tok_unknown'] },
];
