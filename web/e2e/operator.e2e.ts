// The operator's page.
import { expect, test } from 'vitest';
import { withNode } from './support/house';
import { operator_token } from './support/node';

const house = withNode();

async function atTheDoor(token: string) {
  const operator = await house.visitor();
  await operator.goto('/operator');
  await operator.page.getByLabel('Operator token').fill(token);
  await operator.page.getByRole('button', { name: 'Open' }).click();
  return operator;
}

test('the control room: live charts and every event', async () => {
  const { page } = await atTheDoor(operator_token);
  for (const chart of ['Requests', 'Mean latency', 'Group commit', 'Active actors', 'Commands in mailboxes', 'Reminders due', 'Shards']) {
    await page.getByRole('listitem', { name: new RegExp(`^${chart}: .* now`) }).waitFor();
  }
  const client = await house.person();
  const ticket = await client.sell('Seen by the Operator', 7);
  await client.order(ticket.id);
  const feed = page.getByRole('region', { name: 'Event feed' });
  await feed.getByText('Seen by the Operator').first().waitFor();
  await feed.locator('li').filter({ hasText: 'order:created' }).waitFor();
  await feed.getByRole('checkbox', { name: 'ticket:created' }).uncheck();
  await feed.getByRole('checkbox', { name: 'ticket:updated' }).uncheck();
  await feed.getByText('Seen by the Operator').first().waitFor({ state: 'detached' });
  await feed.getByRole('button', { name: 'From the beginning' }).click();
  await feed.locator('li').filter({ hasText: 'order:created' }).first().waitFor();
});

test('a wrong operator token stays outside', async () => {
  const { page } = await atTheDoor('guess');
  await page.getByText('The node does not accept this token.').waitFor();
  expect(await page.getByRole('region', { name: 'Event feed' }).count()).toBe(0);
});
