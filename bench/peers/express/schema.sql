-- One row a ticket, one row an order. `version` counts the changes of a row. No foreign keys and no
-- second unique index: tickets.order_id alone decides who holds a ticket, and each further check
-- would only make the peer slower.
CREATE TABLE tickets (
  id text COLLATE "C" PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,  -- order of creation
  title text NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents > 0),
  user_id text NOT NULL,
  version integer NOT NULL DEFAULT 0,
  order_id text
) WITH (fillfactor = 80);  -- room for updates on the same page: edits touch no index

CREATE INDEX tickets_for_sale ON tickets (seq) WHERE order_id IS NULL;

CREATE TABLE orders (
  id text COLLATE "C" PRIMARY KEY,
  user_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('created', 'awaiting:payment', 'complete', 'cancelled')),
  expires_at timestamptz NOT NULL,
  ticket_id text COLLATE "C" NOT NULL,
  price_cents integer NOT NULL,
  version integer NOT NULL DEFAULT 0
) WITH (fillfactor = 80);

CREATE INDEX orders_of_user ON orders (user_id);
CREATE INDEX orders_to_expire ON orders (expires_at) WHERE status = 'created';

CREATE TABLE payments (
  id text COLLATE "C" PRIMARY KEY,
  order_id text COLLATE "C" NOT NULL UNIQUE,  -- at most one payment an order
  charge_id text NOT NULL
);
