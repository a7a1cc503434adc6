-- Tickets 1..:tickets with ids that reserve.sql can compute. Run after ../express/schema.sql.
INSERT INTO tickets (id, title, price_cents, user_id)
SELECT lpad(to_hex(n), 24, '0'), 'Concert at the harbour, row 42 seat ' || n, 12345,
       '5f0c5a2b1d3e4f5a6b7c8d9e'
FROM generate_series(1, :tickets) AS n;
ANALYZE tickets;
