// Asks the node for its figures every second, and keeps the last two minutes.
import { useEffect, useState } from 'react';
import { hasStatus, send } from '@/lib/api';
import type { Stats } from '@/lib/schema';
import { type Sample, samples_max } from './samples';

const period_ms = 1_000;

export type StatsState = 'asking' | 'ok' | 'refused' | 'away';

export function useStats(token: string): { state: StatsState; samples: Sample[] } {
  const [state, setState] = useState<StatsState>('asking');
  const [samples, setSamples] = useState<Sample[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = new AbortController();
    const ask = async () => {
      try {
        const { data } = await send<Stats>('GET', '/api/admin/stats', { bearer: token, fresh: true, signal: stop.signal });
        const sample = { at_ms: Date.parse(data.serverTime), stats: data };
        setSamples((kept) => [...kept, sample].slice(-samples_max));
        setState('ok');
      } catch (error) {
        if (stop.signal.aborted) return;
        if (hasStatus(error, 401)) return setState('refused'); // asking again would not help
        setState('away');
      }
      if (!stop.signal.aborted) timer = setTimeout(() => void ask(), period_ms);
    };
    void ask();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [token]);
  return { state, samples };
}
