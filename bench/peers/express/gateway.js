'use strict';
// A payment gateway that approves at once, asked as a real one would be: asynchronously and with an
// idempotency key. Usher's built-in gateway does the same.
async function charge({ cents, token, idempotencyKey }) {
  await new Promise((resolve) => setImmediate(resolve));
  if (token === 'tok_chargeDeclined') return { approved: false };
  return { approved: true, chargeId: `ch_${idempotencyKey}`, cents };
}

module.exports = { charge };
