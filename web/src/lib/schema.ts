// Short names for the shapes of docs/openapi.yaml. `npm run types` writes api-types.ts anew.
import type { components } from './api-types';

type Schemas = components['schemas'];

export type Ticket = Schemas['Ticket'];
export type Order = Schemas['Order'];
export type OrderStatus = Schemas['OrderStatus'];
export type TicketHistoryEntry = Schemas['TicketHistoryEntry'];
export type OrderHistoryEntry = Schemas['OrderHistoryEntry'];
export type Payment = Schemas['Payment'];
export type CurrentUser = Schemas['CurrentUser'];
export type User = Schemas['User'];
export type Config = Schemas['Config'];
export type Stats = Schemas['Stats'];
export type ErrorEntry = Schemas['Errors']['errors'][number] & { code?: string };
export type InitialState = Schemas['InitialState'];
export type FeedEvent = Schemas['Event'];
export type Subject = FeedEvent['subject'];
