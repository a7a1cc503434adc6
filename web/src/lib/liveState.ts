// How the line to the server is, for whoever shows it, and what comes over it.
import { createContext, useContext } from 'react';
import type { FeedEvent } from './schema';

export type LiveState = 'connecting' | 'live' | 'offline';

/** An event of the feed. Its id is a cursor: opaque, only good for asking what comes behind it. */
export type LiveEvent = FeedEvent extends infer E ? (E extends FeedEvent ? Omit<E, 'seq'> & { id: string } : never) : never;

export type StreamMessage =
  | { kind: 'state'; state: LiveState }
  | { kind: 'events'; events: LiveEvent[] }
  | { kind: 'gap' } // events may have been missed: what is shown must be asked for again
  | { kind: 'reset' } // another history: nothing that was seen counts any more
  | { kind: 'doubt' }; // whoever is signed in may be somebody else by now

export const LiveContext = createContext<LiveState>('connecting');

export const useLiveState = (): LiveState => useContext(LiveContext);
