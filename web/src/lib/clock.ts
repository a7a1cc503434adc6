// The server's clock, as well as this browser can know it. Deadlines are the server's: a computer
// whose clock is wrong must still count right.
import { useEffect, useState } from 'react';

let offset_ms = 0;

/** The server has just said its time. The way here is not subtracted: some milliseconds. */
export function learnServerTime(serverTime: string): void {
  const server = Date.parse(serverTime);
  if (!Number.isNaN(server)) offset_ms = server - Date.now();
}

/** "This much is left until that moment of yours": the server's clock, from an order's answer. */
export function learnFromDeadline(expiresAt: string, expiresInMs: number): void {
  if (expiresInMs <= 0) return;
  learnServerTime(new Date(Date.parse(expiresAt) - expiresInMs).toISOString());
}

export function serverNow(): number {
  return Date.now() + offset_ms;
}

/** Milliseconds until a moment of the server's clock, never negative; counts down by itself. */
export function useRemaining(until: string | null): number {
  const left = () => (until === null ? 0 : Math.max(0, Date.parse(until) - serverNow()));
  const [remaining, setRemaining] = useState(left);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tick = () => {
      const now = left();
      setRemaining(now);
      // Wakes just after the shown second changes.
      if (now > 0) timer = setTimeout(tick, (now % 1000) + 20);
    };
    tick();
    return () => clearTimeout(timer);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `left` depends on `until` alone
  }, [until]);
  return remaining;
}
