import { expect, test } from 'vitest';
import { tidyPrice } from './price';

const usd = { code: 'usd', decimals: 2 };

test('a price is read as the person who typed it meant it', () => {
  const read: [typed: string, usd: string][] = [
    ['20', '20.00'],
    [' 20. ', '20.00'],
    ['007', '7.00'],
    ['1.5', '1.50'],
    ['1,5', '1.50'],
    ['12,50', '12.50'],
    ['1.500', '1.50'],
    ['1,234', '1234.00'],
    ['1,234.5', '1234.50'],
    ['1.234,50', '1234.50'],
    ['1,234,567', '1234567.00'],
    ['1.234.567', '1234567.00'],
    ['1 234,50', '1234.50'],
    ['1\u00a0234.50', '1234.50'],
    ["1'234.50", '1234.50'],
    ['$1,234.50', '1234.50'],
    ['20 €', '20.00'],
    ['１２', '12.00'],
    ['90071992547409.91', '90071992547409.91'], // no number of JavaScript has room for more
  ];
  expect(read.map(([typed]) => [typed, tidyPrice(typed, usd)])).toEqual(read);
});

test('what is no price, or could be two, is left for the server to refuse', () => {
  for (const typed of ['', 'free', '-5', '1.234', '0,123', '12,34,56', '1,23,456', '1e3', '0x10', '1.2.3', '19.999', '.', ',']) {
    expect(tidyPrice(typed, usd)).toBe(typed);
  }
});

test('currencies have decimals of their own', () => {
  expect(['1,234', '5', '1.5', '1,5'].map((typed) => tidyPrice(typed, { code: 'jpy', decimals: 0 }))).toEqual(['1234', '5', '1.5', '1,5']);
  expect(['1,234', '1.234', '5'].map((typed) => tidyPrice(typed, { code: 'kwd', decimals: 3 }))).toEqual(['1234.000', '1.234', '5.000']);
});
