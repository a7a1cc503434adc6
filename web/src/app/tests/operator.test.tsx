import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Stats } from '@/lib/schema';
import { config, FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

const token = 'open sesame';

function controlRoom() {
  const server = new FakeServer();
  let second = 0;
  const answer = (input: string, init?: RequestInit) => {
    const allowed = new Headers(init?.headers).get('Authorization') === `Bearer ${token}`;
    if (!allowed) return Response.json({ errors: [{ message: 'Not authorized' }] }, { status: 401 });
    if (input.startsWith('/api/events')) {
      if (input.includes('after=')) return new Response(new ReadableStream()); // nothing new
      const body =
        'id: 7\nevent: ticket:created\ndata: {"id":"65a1f0c2b3d4e5f60718293b","title":"Opera","price":5}\n\n' +
        'id: 8\nevent: order:created\ndata: {"id":"65a1f0c2b3d4e5f60718293c"}\n\n';
      return new Response(body);
    }
    second += 1;
    const stats: Stats = {
      serverTime: new Date(second * 1000).toISOString(),
      figures: [{ name: 'usher_active_aggregates', help: 'Active', kind: 'gauge', labels: {}, value: 12 + second }],
      routes: [
        { method: 'GET', route: '/api/tickets', requests: second * 50, clientErrors: 0, serverErrors: 0, meanMs: 2, p50Ms: 1, p99Ms: 5 },
      ],
    };
    return Response.json(stats);
  };
  vi.stubGlobal('fetch', (input: string, init?: RequestInit) => Promise.resolve(answer(input, init)));
  const page = openPage('/operator', server, { config });
  return page;
}

async function enter(text: string) {
  const page = controlRoom();
  await page.user.type(await screen.findByLabelText('Operator token'), text);
  await page.user.click(screen.getByRole('button', { name: 'Open' }));
  return page;
}

test('a wrong token stays outside', async () => {
  await enter('guess');
  expect(await screen.findByText('The node does not accept this token.')).toBeInTheDocument();
});

test('charts show what happens per second, from running totals', async () => {
  await enter(token);
  expect(await screen.findByRole('listitem', { name: /^Requests: 50 \/s now/ })).toBeInTheDocument();
  expect(screen.getByRole('listitem', { name: /^Active actors: 1\d/ })).toBeInTheDocument();
  expect(sessionStorage.getItem('usher:operator-token')).toBe(JSON.stringify(token));
});

test('the feed shows every event and can be filtered', async () => {
  const { user } = await enter(token);
  expect(await screen.findByText(/title Opera/)).toBeInTheDocument();
  await user.click(screen.getByRole('checkbox', { name: 'ticket:created' }));
  expect(screen.queryByText(/title Opera/)).not.toBeInTheDocument();
  expect(screen.getAllByText('order:created').length).toBeGreaterThan(1);
});
