import { expect, test } from 'vitest';
import { nextCursor } from './api';
import { clockText, durationText, money, serial } from './format';
import { keyFor, pendingBody, settle } from './intent';
import { match, safeReturn } from './router';
import { sseParser } from './sse';

test('one intent keeps its key until it is settled; another body is another intent', () => {
  const first = keyFor('buy:1', { ticketId: '1' });
  expect(keyFor('buy:1', { ticketId: '1' })).toBe(first);
  expect(keyFor('buy:1', { ticketId: '2' })).not.toBe(first);
  const second = keyFor('buy:1', { ticketId: '1' });
  settle('buy:1');
  expect(keyFor('buy:1', { ticketId: '1' })).not.toBe(second);
  expect(pendingBody('buy:1')).toEqual({ ticketId: '1' });
});

test('the cursor of a Link header', () => {
  expect(nextCursor('</api/tickets?limit=24&after=a%2Fb>; rel="next"')).toBe('a/b');
  expect(nextCursor('</x?after=1>; rel="prev", </x?after=2>; rel="next"')).toBe('2');
  expect(nextCursor('</x?after=1>; rel="prev"')).toBeNull();
  expect(nextCursor(null)).toBeNull();
});

test('an event stream may be cut anywhere', () => {
  const text = ':hello\n\nid: 1\nevent: a\ndata: {"x":1}\n\nid: 2\r\nevent: b\r\ndata: one\r\ndata: two\r\n\r\n';
  for (const size of [1, 2, 3, 7, text.length]) {
    const parse = sseParser();
    const got = [];
    for (let i = 0; i < text.length; i += size) got.push(...parse(text.slice(i, i + size)));
    expect(got).toEqual([
      { id: '1', event: 'a', data: '{"x":1}' },
      { id: '2', event: 'b', data: 'one\ntwo' },
    ]);
  }
});

test('clocks round up, so that zero means over', () => {
  expect([0, 1, 999, 1_000, 61_000, 900_000, 3_723_000].map(clockText)).toEqual(['0:00', '0:01', '0:01', '0:01', '1:01', '15:00', '1:02:03']);
  expect(durationText(900_000)).toBe('15 minutes');
  expect(durationText(45_000)).toBe('45 seconds');
});

test('money and serial numbers as they are printed', () => {
  expect(money(1234.5, { code: 'usd', decimals: 2 })).toBe('$1,234.50');
  expect(money(3, { code: 'jpy', decimals: 0 })).toBe('¥3');
  // The server's word, not the browser's: as if this one had other decimals for the dinar.
  expect(money(1.5, { code: 'kwd', decimals: 3 })).toMatch(/1\.500$/);
  expect(money(1.5, { code: 'huf', decimals: 2 })).toMatch(/1\.50$/);
  expect(serial('65a1f0c2b3d4e5f60718293b')).toBe('607 182 93B');
});

test('addresses and where they lead', () => {
  expect(match('/tickets/:id', '/tickets/a%20b')).toEqual({ id: 'a b' });
  expect(match('/tickets/:id', '/tickets/')).toBeNull();
  expect(match('/tickets/:id', '/tickets/1/edit')).toBeNull();
  expect(['/orders/1', '//evil.example', '/\\evil.example', 'https://evil.example', null].map(safeReturn)).toEqual(['/orders/1', '/', '/', '/', '/']);
});
