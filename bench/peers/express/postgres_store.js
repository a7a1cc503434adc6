'use strict';
// Tickets and orders in PostgreSQL. Each command is one transaction, and where it can be, one
// statement (one round trip): the row's version and state decide in the WHERE clause, so there is
// no read-then-write and no lock held across a round trip. Statements are prepared once for each
// pooled connection.
const { Pool } = require('pg');

const { charge } = require('./gateway');
const { newId } = require('./ids');

const ticketColumns = 'id, title, price_cents, user_id, version, order_id';

// The name makes it a prepared statement.
const statements = {
  ticket: `SELECT ${ticketColumns} FROM tickets WHERE id = $1`,
  tickets_for_sale: `SELECT ${ticketColumns} FROM tickets WHERE order_id IS NULL
    ORDER BY seq LIMIT $1`,
  create_ticket: 'INSERT INTO tickets (id, title, price_cents, user_id) VALUES ($1, $2, $3, $4)',
  edit_ticket: `UPDATE tickets SET title = $3, price_cents = $4, version = version + 1
    WHERE id = $1 AND user_id = $2 AND order_id IS NULL AND ($5::int IS NULL OR version = $5)
    RETURNING ${ticketColumns}`,
  // The ticket's lock and the order's birth are one statement: both or neither.
  reserve: `WITH locked AS (
      UPDATE tickets SET order_id = $2, version = version + 1
      WHERE id = $1 AND order_id IS NULL
      RETURNING id, title, price_cents, version)
    INSERT INTO orders (id, user_id, status, expires_at, ticket_id, price_cents)
    SELECT $2, $3, 'created', $4, id, price_cents FROM locked
    RETURNING (SELECT title FROM locked), (SELECT version FROM locked), price_cents`,
  order: `SELECT o.id, o.user_id, o.status, o.expires_at, o.version, o.ticket_id, o.price_cents,
      t.title, t.version AS ticket_version
    FROM orders o JOIN tickets t ON t.id = o.ticket_id WHERE o.id = $1`,
  cancel: `WITH ended AS (
      UPDATE orders SET status = 'cancelled', version = version + 1
      WHERE id = $1 AND user_id = $2 AND status = 'created'
      RETURNING id, ticket_id)
    UPDATE tickets t SET order_id = NULL, version = t.version + 1
    FROM ended WHERE t.id = ended.ticket_id AND t.order_id = ended.id`,
  expire: `WITH ended AS (
      UPDATE orders SET status = 'cancelled', version = version + 1
      WHERE status = 'created' AND expires_at <= $1
      RETURNING id, ticket_id)
    UPDATE tickets t SET order_id = NULL, version = t.version + 1
    FROM ended WHERE t.id = ended.ticket_id AND t.order_id = ended.id`,
  // A charge is announced before it is made, so that a crash between the two can be cleared up.
  start_payment: `UPDATE orders SET status = 'awaiting:payment', version = version + 1
    WHERE id = $1 AND user_id = $2 AND status = 'created' AND expires_at > $3
    RETURNING price_cents`,
  complete_payment: `WITH paid AS (
      UPDATE orders SET status = 'complete', version = version + 1
      WHERE id = $1 AND status = 'awaiting:payment' RETURNING id)
    INSERT INTO payments (id, order_id, charge_id) SELECT $2, id, $3 FROM paid`,
  decline_payment: `UPDATE orders SET status = 'created', version = version + 1
    WHERE id = $1 AND status = 'awaiting:payment'`,
};

function ticketOf(row) {
  const ticket = {
    title: row.title,
    price: row.price_cents / 100,
    userId: row.user_id,
    version: row.version,
    id: row.id,
  };
  if (row.order_id) ticket.orderId = row.order_id;
  return ticket;
}

class PostgresStore {
  constructor(pool) {
    this.pool = pool;
  }

  run(name, values) {
    return this.pool.query({ name, text: statements[name], values });
  }

  async ticket(id) {
    const { rows } = await this.run('ticket', [id]);
    return rows.length === 0 ? { refused: 'not_found' } : ticketOf(rows[0]);
  }

  async ticketsForSale(limit) {
    const { rows } = await this.run('tickets_for_sale', [limit]);
    return rows.map(ticketOf);
  }

  async createTicket(userId, { title, cents }) {
    const id = newId();
    await this.run('create_ticket', [id, title, cents, userId]);
    return { title, price: cents / 100, userId, version: 0, id };
  }

  async editTicket({ id, userId, title, cents, ifVersion }) {
    const { rows } = await this.run('edit_ticket', [id, userId, title, cents, ifVersion]);
    if (rows.length === 1) return ticketOf(rows[0]);
    const ticket = await this.ticket(id); // only now: why not?
    if (ticket.refused) return ticket;
    if (ticket.orderId) return { refused: 'edit_reserved' };
    return { refused: ticket.userId === userId ? 'stale' : 'not_owner' };
  }

  async reserve(ticketId, userId, expiresAt) {
    const id = newId();
    const { rows } = await this.run('reserve', [ticketId, id, userId, expiresAt]);
    if (rows.length === 0) {
      const ticket = await this.ticket(ticketId);
      return ticket.refused ? ticket : { refused: 'reserved' };
    }
    const { title, version } = rows[0];
    const ticket = { title, price: rows[0].price_cents / 100, version, id: ticketId };
    return { userId, status: 'created', expiresAt, ticket, version: 0, id };
  }

  async order(id, userId) {
    const { rows } = await this.run('order', [id]);
    if (rows.length === 0) return { refused: 'not_found' };
    const row = rows[0];
    if (row.user_id !== userId) return { refused: 'not_owner' };
    const ticket = {
      title: row.title,
      price: row.price_cents / 100,
      version: row.ticket_version,
      id: row.ticket_id,
    };
    const { status, version } = row;
    return { userId, status, expiresAt: row.expires_at, ticket, version, id };
  }

  async cancel(id, userId) {
    const { rowCount } = await this.run('cancel', [id, userId]);
    if (rowCount === 1) return {};
    const order = await this.order(id, userId);
    if (order.refused || order.status === 'cancelled') return order;
    return { refused: order.status === 'complete' ? 'complete' : 'being_paid' };
  }

  async pay(orderId, userId, token) {
    const { rows } = await this.run('start_payment', [orderId, userId, new Date()]);
    if (rows.length === 0) {
      const order = await this.order(orderId, userId);
      if (order.refused) return order;
      if (order.status === 'complete') return { refused: 'complete' };
      return { refused: order.status === 'awaiting:payment' ? 'being_paid' : 'cancelled' };
    }
    const outcome = await charge({ cents: rows[0].price_cents, token, idempotencyKey: orderId });
    if (!outcome.approved) {
      await this.run('decline_payment', [orderId]);
      return { refused: 'declined' };
    }
    const id = newId();
    await this.run('complete_payment', [orderId, id, outcome.chargeId]);
    return { id };
  }

  async expireOrders(now) {
    await this.run('expire', [now]);
  }
}

// PGHOST, PGPORT, PGUSER and PGDATABASE come from the environment, as with every client.
async function openPostgresStore() {
  const pool = new Pool({ max: Number(process.env.PG_POOL) || 16 });
  await pool.query('SELECT 1');
  return new PostgresStore(pool);
}

module.exports = { openPostgresStore };
