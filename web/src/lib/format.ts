// Money and time as people read them, by the browser's own rules for this language.
const language = document.documentElement.lang || 'en';

/** What prices are in. How many decimals it has is the server's word: browsers do not agree on all. */
export interface Currency {
  code: string; // ISO 4217, in lower case
  decimals: number; // 2 for most, 0 for yen, 3 for dinars
}

const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat({ code, decimals }: Currency): Intl.NumberFormat {
  const key = `${code} ${decimals}`;
  let format = moneyFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(language, {
      style: 'currency',
      currency: code.toUpperCase(),
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    moneyFormats.set(key, format);
  }
  return format;
}

export function money(amount: number, currency: Currency): string {
  return moneyFormat(currency).format(amount);
}

/** The amount in parts, so that a ticket can print the cents small. */
export function moneyParts(amount: number, currency: Currency): { type: string; value: string }[] {
  return moneyFormat(currency).formatToParts(amount);
}

const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
const timeOnly = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const timeExact = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });
const count = new Intl.NumberFormat(language);
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });

export const formatDateTime = (at: Date) => dateTime.format(at);
export const formatTime = (at: Date) => timeOnly.format(at);
export const formatTimeExact = (at: Date) => timeExact.format(at);
export const formatCount = (n: number) => count.format(n);
export const formatCompact = (n: number) => compact.format(n);

/** 0:07, 14:05, 1:02:03. Rounded up: "0:00" only when nothing is left. */
export function clockText(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const s = String(seconds % 60).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${s}`;
}

/** "14 minutes", "30 seconds": for a sentence or a screen reader. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(Math.max(0, ms) / 1000);
  const unit = seconds < 120 ? 'second' : 'minute';
  const value = unit === 'second' ? seconds : Math.round(seconds / 60);
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

/** The serial number printed on a ticket: the random end of its id, in groups. */
export function serial(id: string): string {
  const tail = id.slice(-9).toUpperCase();
  return `${tail.slice(0, 3)} ${tail.slice(3, 6)} ${tail.slice(6)}`;
}
