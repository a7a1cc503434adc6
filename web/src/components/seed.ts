// Small deterministic choices drawn from an id, so that a ticket looks the same everywhere.
export type Draw = (below: number) => number;

export function drawFrom(id: string): Draw {
  let state = 2166136261;
  for (const char of id) state = Math.imul(state ^ char.charCodeAt(0), 16777619);
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 2246822519);
    state = Math.imul(state ^ (state >>> 13), 3266489917);
    state ^= state >>> 16;
    return ((state >>> 0) / 4294967296) * below;
  };
}

export const stock_count = 7;

/** Which of the card stocks (see tokens.css) a ticket is printed on. */
export function stockOf(id: string): number {
  return Math.floor(drawFrom(id)(stock_count));
}
