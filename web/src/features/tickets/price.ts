// What people type as a price.
import type { Currency } from '@/lib/format';

/**
 * A price as people type it, as the server reads it: "20" becomes "20.00", "1,5" is one and a half,
 * "1,234", "1 234" and "$1,234.50" are thousands, as is "1.234,50". What could be read in two ways,
 * or is no price, stays as it is for the server to refuse.
 */
export function tidyPrice(text: string, currency: Currency): string {
  const typed = text.trim();
  const bare = typed.normalize('NFKC').replace(/^[\p{Sc}\s]+|[\p{Sc}\s]+$/gu, '').replace(/[\s'’_]/g, ' ');
  const { decimals } = currency;
  for (const [group, point] of [[',', '.'], ['.', ','], [' ', '.'], [' ', ',']] as const) {
    const [whole = '', fraction, ...more] = bare.split(point);
    const groups = whole.split(group);
    const isGrouped = groups.length > 1;
    const isWhole = groups.every((part, i) => (!isGrouped ? /^\d+$/ : i === 0 ? /^[1-9]\d{0,2}$/ : /^\d{3}$/).test(part));
    const isFraction = fraction === undefined || (/^\d*$/.test(fraction) && fraction.replace(/0+$/, '').length <= decimals);
    // "1.234" with a comma for a point: a thousand to some, one and a bit to others.
    const isClear = group !== '.' || !isGrouped || fraction !== undefined || groups.length > 2;
    if (isWhole && isFraction && isClear && more.length === 0) return fixed(groups.join(''), fraction ?? '', decimals);
  }
  return typed;
}

// By its digits: a number of JavaScript has not room for all prices.
function fixed(whole: string, fraction: string, decimals: number): string {
  const rest = fraction.slice(0, decimals).padEnd(decimals, '0');
  return whole.replace(/^0+(?=\d)/, '') + (rest ? `.${rest}` : '');
}
