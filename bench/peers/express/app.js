'use strict';
// The HTTP contract, over any store: parse, check, ask the store, answer.
const express = require('express');

const listLimitDefault = 1000;
const listLimitMax = 1000;
const orderLifetimeMs = 15 * 60 * 1000;
const idPattern = /^[0-9a-f]{24}$/i;

class Problem extends Error {
  constructor(status, ...errors) {
    super(errors[0].message);
    this.status = status;
    this.errors = errors;
  }
}
const unauthorized = () => new Problem(401, { message: 'Not authorized' });
const notFound = () => new Problem(404, { message: 'Not Found' });

// What a store answers instead of a result, and what the client hears.
const refusals = {
  not_found: notFound,
  not_owner: unauthorized,
  reserved: () => new Problem(400, { message: 'Ticket is already reserved' }),
  edit_reserved: () => new Problem(400, { message: 'Cannot edit a reserved ticket' }),
  cancelled: () => new Problem(400, { message: 'Cannot pay for a cancelled order' }),
  complete: () => new Problem(400, { message: 'Order is already complete' }),
  being_paid: () => new Problem(400, { message: 'Order is being paid' }),
  declined: () => new Problem(402, { message: 'Payment declined' }),
  stale: () => new Problem(412, { message: 'The version has changed' }),
};

function orThrow(result) {
  if (result.refused) throw refusals[result.refused]();
  return result;
}

function ticketFields(body, priceMessage) {
  const errors = [];
  const title = typeof body.title === 'number' ? String(body.title) : body.title;
  if (typeof title !== 'string' || title.trim() === '')
    errors.push({ message: 'Title is required', field: 'title' });
  const cents = Math.round(Number(body.price) * 100);
  const isExact = Math.abs(Number(body.price) * 100 - cents) < 1e-6;
  if (!(cents > 0 && isExact && Number.isSafeInteger(cents)))
    errors.push({ message: priceMessage, field: 'price' });
  if (errors.length > 0) throw new Problem(400, ...errors);
  return { title, cents };
}

function idField(body, field, message) {
  const value = body[field];
  if (typeof value !== 'string' || !idPattern.test(value)) throw new Problem(400, { message, field });
  return value.toLowerCase();
}

function pathId(request) {
  if (!idPattern.test(request.params.id)) throw notFound();
  return request.params.id.toLowerCase();
}

const ifMatch = (request) => {
  const match = /^"(\d+)"$/.exec(request.headers['if-match'] || '');
  return match ? Number(match[1]) : null;
};

// The version is the entity tag, so nothing needs to be hashed.
function answer(response, status, record) {
  response.set('ETag', `"${record.version}"`);
  response.status(status).json(record);
}

function createApp(store, userOf) {
  const app = express();
  app.disable('x-powered-by');
  app.use(express.json());
  app.use((request, response, next) => {
    request.body ??= {};
    next();
  });
  const signedIn = (request, response, next) => {
    request.user = userOf(request);
    next(request.user ? undefined : unauthorized());
  };

  app.get('/healthz', (request, response) => response.json({}));

  app.get('/api/tickets', async (request, response) => {
    const limit = Math.min(Number(request.query.limit) || listLimitDefault, listLimitMax);
    response.json(await store.ticketsForSale(limit));
  });
  app.get('/api/tickets/:id', async (request, response) => {
    answer(response, 200, orThrow(await store.ticket(pathId(request))));
  });
  app.post('/api/tickets', signedIn, async (request, response) => {
    const fields = ticketFields(request.body, 'Price must be greater than 0');
    answer(response, 201, await store.createTicket(request.user.id, fields));
  });
  app.put('/api/tickets/:id', signedIn, async (request, response) => {
    const message = 'Price must be provided and must be greater than 0';
    const fields = ticketFields(request.body, message);
    const edit = { id: pathId(request), userId: request.user.id, ifVersion: ifMatch(request) };
    answer(response, 200, orThrow(await store.editTicket({ ...edit, ...fields })));
  });

  app.post('/api/orders', signedIn, async (request, response) => {
    const ticketId = idField(request.body, 'ticketId', 'TicketId must be provided');
    const expiresAt = new Date(Date.now() + orderLifetimeMs);
    answer(response, 201, orThrow(await store.reserve(ticketId, request.user.id, expiresAt)));
  });
  app.get('/api/orders/:id', signedIn, async (request, response) => {
    answer(response, 200, orThrow(await store.order(pathId(request), request.user.id)));
  });
  app.delete('/api/orders/:id', signedIn, async (request, response) => {
    orThrow(await store.cancel(pathId(request), request.user.id));
    response.status(204).end();
  });

  app.post('/api/payments', signedIn, async (request, response) => {
    const { token } = request.body;
    if (!token) throw new Problem(400, { message: 'Token must be provided', field: 'token' });
    const orderId = idField(request.body, 'orderId', 'OrderId must be provided');
    const payment = orThrow(await store.pay(orderId, request.user.id, token));
    response.status(201).json({ id: payment.id });
  });

  app.use(() => {
    throw notFound();
  });
  // Four parameters make it Express's error handler.
  app.use((error, request, response, next) => {
    const status = error.status || 500;
    if (status === 500) console.error(error);
    response.status(status).json({ errors: error.errors || [{ message: error.message }] });
  });
  return app;
}

module.exports = { createApp };
