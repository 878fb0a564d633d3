CREATE TABLE products (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO products SELECT n, 'product ' || n FROM generate_series(1, 1000) n;
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, amount numeric NOT NULL, note text NOT NULL);
INSERT INTO orders
SELECT n, 'customer-' || n % 15000, n % 97, repeat('x', 40) FROM generate_series(1, 1200000) n;
ANALYZE;
