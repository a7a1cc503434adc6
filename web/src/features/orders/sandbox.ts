// The pretend cards of the sandbox gateway, by what they do.
import { orderTexts } from '@/lib/orderTexts';

export type SandboxToken = keyof typeof orderTexts.sandbox.cards;
export type SandboxGroup = keyof typeof orderTexts.sandbox.groups;

export const sandbox_cards: { group: SandboxGroup; tokens: SandboxToken[] }[] = [
  { group: 'pays', tokens: ['tok_visa', 'tok_mastercard'] },
  {
    group: 'declines',
    tokens: ['tok_chargeDeclined', 'tok_chargeDeclinedInsufficientFunds', 'tok_chargeDeclinedExpiredCard'],
  },
  { group: 'slow', tokens: ['tok_slow', 'tok_unknown'] },
];
