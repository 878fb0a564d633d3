CREATE EXTENSION pg_stat_statements;
CREATE TABLE tickets AS SELECT n AS id, 'ticket ' || n AS name FROM generate_series(1, 1000) n;
CREATE TABLE people AS SELECT n AS id, 'person ' || n AS name FROM generate_series(1, 1000) n;
CREATE TABLE teams AS SELECT n AS id, 'team ' || n AS name FROM generate_series(1, 1000) n;
ALTER TABLE tickets ADD PRIMARY KEY (id);
ALTER TABLE people ADD PRIMARY KEY (id);
ALTER TABLE teams ADD PRIMARY KEY (id);
ANALYZE;
