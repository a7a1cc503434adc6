// From the node's running totals to what happened in each second.
import type { Stats } from '@/lib/schema';
import { operatorTexts } from '@/lib/operatorTexts';

export interface Sample {
  at_ms: number; // the node's clock
  stats: Stats;
}

export const samples_max = 120;

export interface Chart {
  name: string;
  unit: string;
  values: number[]; // oldest first
  digits: number;
}

type Figure = Stats['figures'][number];

/** The sum over all labels of the figures with one of these names, or null without any. */
export function figure(stats: Stats, ...names: string[]): number | null {
  const found = stats.figures.filter((f: Figure) => names.includes(f.name) && f.value !== null);
  return found.length === 0 ? null : found.reduce((sum, f) => sum + (f.value ?? 0), 0);
}

type Total = (stats: Stats) => number | null;

const requests: Total = (stats) => stats.routes.reduce((sum, route) => sum + route.requests, 0);
const failures: Total = (stats) => stats.routes.reduce((sum, route) => sum + route.serverErrors, 0);
const busy_ms: Total = (stats) => stats.routes.reduce((sum, route) => sum + route.meanMs * route.requests, 0);
const named = (...names: string[]): Total => (stats) => figure(stats, ...names);

/** How fast a running total grew between two samples, in units per second. */
function rate(total: Total, before: Sample, now: Sample): number | null {
  const [a, b] = [total(before.stats), total(now.stats)];
  const seconds = (now.at_ms - before.at_ms) / 1000;
  if (a === null || b === null || seconds <= 0) return null;
  return Math.max(0, b - a) / seconds; // it falls when the node was started anew
}

/** The mean of something per occurrence; 0 where nothing occurred. */
function ratio(of: Total, per: Total, before: Sample, now: Sample): number | null {
  const [sum, count] = [rate(of, before, now), rate(per, before, now)];
  if (sum === null || count === null) return null;
  return count > 0 ? sum / count : 0;
}

interface Panel {
  name: string;
  unit: string;
  digits: number;
  value: (before: Sample, now: Sample) => number | null;
}

const commits = named('usher_commits_total');
const panels: Panel[] = [
  { name: operatorTexts.throughput, unit: '/s', digits: 0, value: (a, b) => rate(requests, a, b) },
  { name: operatorTexts.latency, unit: 'ms', digits: 2, value: (a, b) => ratio(busy_ms, requests, a, b) },
  { name: operatorTexts.errors, unit: '/s', digits: 0, value: (a, b) => rate(failures, a, b) },
  { name: operatorTexts.events, unit: '/s', digits: 0, value: (a, b) => rate(named('usher_committed_records_total'), a, b) },
  { name: operatorTexts.groupCommit, unit: operatorTexts.perSync, digits: 1, value: (a, b) => ratio(named('usher_committed_appends_total'), commits, a, b) },
  {
    name: operatorTexts.fsync,
    unit: 'ms',
    digits: 2,
    value: (a, b) => {
      const seconds = ratio(named('usher_commit_seconds_total'), commits, a, b);
      return seconds === null ? null : seconds * 1000;
    },
  },
  { name: operatorTexts.active, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_active_aggregates') },
  { name: operatorTexts.mailbox, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_asks_in_flight') },
  { name: operatorTexts.queue, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_append_queue') },
  { name: operatorTexts.reminders, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_reminders_near') },
  { name: operatorTexts.shards, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_shards') },
  { name: operatorTexts.streams, unit: '', digits: 0, value: (_, b) => figure(b.stats, 'usher_streams') },
];

/** The charts that this node has figures for. */
export function chartsOf(samples: Sample[]): Chart[] {
  const pairs = samples.slice(1).map((now, i) => [samples[i] ?? now, now] as const);
  return panels.flatMap(({ name, unit, digits, value }) => {
    const values = pairs.map(([before, now]) => value(before, now)).filter((v) => v !== null);
    return values.length > 0 ? [{ name, unit, digits, values }] : [];
  });
}
