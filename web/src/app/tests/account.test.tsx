import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { FakeFeed } from '@/testing/FakeFeed';
import { FakeServer } from '@/testing/fakeServer';
import { openPage } from '@/testing/openPage';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});

test('signing up shows errors by field, then the user', async () => {
  const { user } = openPage('/auth/signup', server);
  await user.type(await screen.findByLabelText('Password'), 'abc');
  await user.click(screen.getByRole('button', { name: 'Sign up' }));
  expect(await screen.findByText('Email must be valid')).toBeInTheDocument();
  expect(screen.getByText('Password must be between 4 and 20 characters')).toBeInTheDocument();

  await user.type(screen.getByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'def');
  await user.click(screen.getByRole('button', { name: 'Sign up' }));
  expect(await screen.findByTitle('Signed in as ada@example.com')).toBeInTheDocument();
});

test('an error about no field stands above the form', async () => {
  server.failNext('POST /api/users/signin', { status: 400, body: { errors: [{ message: 'Invalid credentials' }] } });
  const { user } = openPage('/auth/signin', server);
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'wrong');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Invalid credentials');
});

test('signing out forgets what was private and opens another feed', async () => {
  server.user = { id: 'ada', email: 'ada@example.com' };
  server.addOrder(server.addTicket({ title: 'Opera' }));
  const { user } = openPage('/orders', server);
  await screen.findByRole('heading', { name: 'Opera' });
  const before = FakeFeed.opened.length;
  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  await waitFor(() => expect(screen.queryByRole('heading', { name: 'Opera' })).not.toBeInTheDocument());
  expect(FakeFeed.opened.length).toBeGreaterThan(before);
  expect(screen.getAllByRole('link', { name: 'Sign in' }).length).toBeGreaterThan(0);
});

test('after signing in one never leaves for another site', async () => {
  const { user } = openPage('/auth/signin?to=//evil.example', server);
  await user.type(await screen.findByLabelText('E-mail'), 'ada@example.com');
  await user.type(screen.getByLabelText('Password'), 'secret');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  await waitFor(() => expect(window.location.pathname).toBe('/'));
});

test('a line that breaks is told after a moment, and again when it is back', async () => {
  const { feed } = openPage('/', server, { tickets: { rows: [], next: null } });
  (await feed()).open();
  (await feed()).fail();
  expect(await screen.findByText(/Reconnecting to the box office/)).toBeInTheDocument();
  await waitFor(() => expect(FakeFeed.opened.length).toBeGreaterThan(1));
  (await feed()).open();
  expect(await screen.findByText('Reconnected, and up to date.')).toBeInTheDocument();
});

test('the house lights are a person’s own choice', async () => {
  const { user } = openPage('/', server, { tickets: { rows: [], next: null } });
  await user.click(screen.getByRole('button', { name: 'Turn the house lights off' }));
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect(localStorage.getItem('usher:theme')).toBe('"dark"');
  delete document.documentElement.dataset.theme;
});
