-- The reservation of the Express peer as PostgreSQL alone does it: the same one statement on the
-- same tables. Each client walks through tickets of its own, so none is wanted twice.
\set i :i + 1
\set n :client_id * :per_client + :i
WITH locked AS (
  UPDATE tickets SET order_id = 'f' || lpad(to_hex(CAST(:n AS bigint)), 23, '0'), version = version + 1
  WHERE id = lpad(to_hex(CAST(:n AS bigint)), 24, '0') AND order_id IS NULL
  RETURNING id, title, price_cents, version)
INSERT INTO orders (id, user_id, status, expires_at, ticket_id, price_cents)
SELECT 'f' || lpad(to_hex(CAST(:n AS bigint)), 23, '0'), '5f0c5a2b1d3e4f5a6b7c8d9e', 'created',
       now() + interval '15 minutes', id, price_cents FROM locked
RETURNING (SELECT title FROM locked), (SELECT version FROM locked), price_cents;
