// How the line to the server is, for whoever shows it.
import { createContext, useContext } from 'react';
import type { LiveState } from './live';

export const LiveContext = createContext<LiveState>('connecting');

export const useLiveState = (): LiveState => useContext(LiveContext);
