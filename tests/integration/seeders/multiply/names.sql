-- Names that break SQL put together by hand: quotes, percent signs, braces, dots, keywords, dollars, other alphabets, and
-- the 63 bytes that a name may have. Tenants are "a.b"."select"; every kind of column that is renewed is here.
CREATE SCHEMA "a.b"; CREATE SCHEMA "100% {value}";
CREATE DOMAIN "a.b"."do""main" AS text CHECK (VALUE !~ '"{number}" %s');

CREATE TABLE "a.b"."select" (
    "id %s" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "{value}" "a.b"."do""main" NOT NULL UNIQUE CHECK ("{value}" <> 'it''s "{0}" 100%'),
    "quo""te" text NOT NULL, "order" text GENERATED ALWAYS AS (lower("quo""te")) STORED,
    UNIQUE ("quo""te"));
COMMENT ON TABLE "a.b"."select" IS '%s {} "';

CREATE SEQUENCE "a.b"."it's a ""sequence"" %";
CREATE TABLE "100% {value}"."Größe ∑ 'x'" (
    "{number}" bigint PRIMARY KEY DEFAULT nextval('"a.b"."it''s a ""sequence"" %"'),
    "tenant $1" int NOT NULL REFERENCES "a.b"."select", "{}" uuid NOT NULL UNIQUE, "%" bytea NOT NULL UNIQUE,
    "sixty-three bytes of a name, which is as long as it may be, one" varchar(40) NOT NULL,
    "sixty-three bytes of a name, which is as long as it may be, two" varchar(40) NOT NULL);
CREATE UNIQUE INDEX "in""dex %s {0}" ON "100% {value}"."Größe ∑ 'x'" (lower("sixty-three bytes of a name, which is as long as it may be, one"));

CREATE TABLE "a.b"."where" ("from" bigint, "to; DROP" bigint, "at" timestamptz NOT NULL,
    "__%(name)s__" date NOT NULL UNIQUE, PRIMARY KEY ("from", "to; DROP"),
    CONSTRAINT "for""eign %b {1}" FOREIGN KEY ("from") REFERENCES "100% {value}"."Größe ∑ 'x'",
    FOREIGN KEY ("to; DROP") REFERENCES "100% {value}"."Größe ∑ 'x'" DEFERRABLE);
CREATE TABLE "a.b"."100%s" (n int);

CREATE FUNCTION "a.b"."fi""re %s"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO "a.b"."100%s" VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER "tri""gger %s {}" AFTER INSERT ON "a.b"."select" FOR EACH ROW EXECUTE FUNCTION "a.b"."fi""re %s"();
ALTER TABLE "a.b"."select" DISABLE TRIGGER "tri""gger %s {}";

INSERT INTO "a.b"."select" ("{value}", "quo""te") VALUES ('{value} $1 %', 'One"'), ('{number}''s', 'Two\');
INSERT INTO "100% {value}"."Größe ∑ 'x'" ("tenant $1", "{}", "%", "sixty-three bytes of a name, which is as long as it may be, one",
    "sixty-three bytes of a name, which is as long as it may be, two")
    SELECT 1 + n % 2, md5(n::text)::uuid, decode(md5(n::text), 'hex'), 'Word % {} ' || n, 'it''s {number}' FROM generate_series(1, 6) n;
INSERT INTO "a.b"."where" SELECT n, n + 2, now(), date '2026-01-01' + n FROM generate_series(1, 4) n;
INSERT INTO "a.b"."100%s" VALUES (1), (2);
ALTER TABLE "a.b"."select" ENABLE TRIGGER "tri""gger %s {}";
CREATE TABLE rampart_marker (may_be_load_tested boolean NOT NULL); INSERT INTO rampart_marker VALUES (true);
