"""Schemas that nobody here wrote: how each is made by its own package's SQL or migrations, and how it is multiplied."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks._seed_server import Server
from tests.acceptance.public_schemas.packages import deb, npm, output, python

_TRYTON_MODULES = (
    "company", "party", "product", "account", "account_invoice", "account_invoice_stock", "account_product", "sale",
    "stock", "project", "currency", "company_work_time", "timesheet", "country",
)  # fmt: skip
_TRYTON = (
    "trytond==8.2.1",
    "psycopg[binary,pool]==3.3.9",
    *(f"trytond-{m.replace('_', '-')}~=8.2.0" for m in _TRYTON_MODULES),
)
_MLFLOW = ("mlflow-skinny==3.17.2", "sqlalchemy==2.1.9", "alembic==1.20.1", "psycopg2-binary==2.9.13")


@dataclass(frozen=True, slots=True)
class Source:
    """A schema, and what is expected of it."""

    name: str
    root: str
    make: Callable[[Server, str], None]  # in the database of this name
    copied: int  # tables of which rows are copied, at least
    along: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    refused: str = ""  # the reason, where it cannot be multiplied


def _execute(server: Server, database: str, *statements: str) -> None:
    with psycopg.connect(server.conninfo(database), autocommit=True) as connection:
        for text in statements:
            connection.execute(text.encode())


def _debian(package: str, file: str) -> Callable[[Server, str], None]:
    """The SQL that a Debian package ships."""

    def make(server: Server, database: str) -> None:
        content = (deb(package) / file).read_bytes()
        text = gzip.decompress(content) if file.endswith(".gz") else content
        _execute(server, database, text.decode().replace("/*_*/", ""))

    return make


def _logto(server: Server, database: str) -> None:
    """As its command line seeds it: the tables in their order, each with row security and a trigger for the tenant."""
    package = npm("@logto/schemas@1.43.0") / "node_modules" / "@logto" / "schemas"
    tables = package / "tables"

    def filled(text: str, name: str = "") -> str:
        return text.replace("${name}", name).replace("${database}", database).replace("${password}", "x")

    def order(path: Path) -> tuple[float, str]:
        found = re.search(r"init_order = ([\d.]+)", path.read_text())
        return float(found[1]) if found else 99.0, path.name

    model = re.search(r"/\* Sql \*/ `(.*?)`", (package / "lib/models/tenants.js").read_text(), re.S)
    assert model is not None
    files = [path for path in tables.glob("*.sql") if not path.name.startswith("_") or path.name == "_functions.sql"]
    parts = [(tables / "_before_all.sql").read_text(), model[1].replace("${TenantTag.Development}", "Development")]
    for path in sorted(files, key=order):
        text = path.read_text()
        parts.append(text)
        if "no_after_each" not in text:
            parts.append(filled((tables / "_after_each.sql").read_text(), path.stem))
    _execute(server, database, *map(filled, [*parts, (tables / "_after_all.sql").read_text()]))


def _pg_boss(server: Server, database: str) -> None:
    """Two queues and their jobs by its own functions; each queue has a partition of its own."""
    script = "const Boss = require('pg-boss'); console.log(Boss.getConstructionPlans('pgboss'))"
    plans = output(["node", "-e", script], npm("pg-boss@10.4.2"))
    queues = [f"""SELECT pgboss.create_queue('{name}', '{{"policy": "standard"}}'::json)""" for name in "ab"]
    jobs = "INSERT INTO pgboss.job (name, data) SELECT q, '{}' FROM unnest('{a,b}'::text[]) q, generate_series(1, 5)"
    _execute(server, database, plans, *queues, jobs)


def _procrastinate(server: Server, database: str) -> None:
    script = "from procrastinate.schema import SchemaManager as S; print(S.get_schema())"
    _execute(server, database, output([str(python("procrastinate==3.10.0", "psycopg[binary]==3.3.9")), "-c", script]))


def _unleash(server: Server, database: str) -> None:
    folder = npm("unleash-server@7.5.1")
    script = f"""import('{folder}/node_modules/unleash-server/dist/migrator.js').then(({{ migrateDb }}) => migrateDb({{
        db: {{ driver: 'postgres', user: 'postgres', password: 'x', host: '127.0.0.1', port: {server.port},
               database: '{database}', ssl: false, schema: 'public' }} }}))
        .then(() => process.exit(0)).catch(error => {{ console.error(error); process.exit(1) }})"""
    output(["node", "-e", script], folder)


def _mlflow(server: Server, database: str) -> None:
    script = """import sys, sqlalchemy; from mlflow.store.db import utils
utils._initialize_tables(sqlalchemy.create_engine(sys.argv[1]))"""
    url = f"postgresql+psycopg2://postgres@127.0.0.1:{server.port}/{database}"
    output([str(python(*_MLFLOW)), "-c", script, url])


def _tryton(server: Server, database: str) -> None:
    admin = python(*_TRYTON).with_name("trytond-admin")
    secret = server.scratch / "secret"
    secret.write_text("of no use")
    script = [str(admin), "-d", database, "--email", "a@example.org", "-u", *_TRYTON_MODULES]
    uri = f"postgresql://postgres@127.0.0.1:{server.port}/"
    output(script, TRYTONPASSFILE=str(secret), TRYTOND_DATABASE_URI=uri)


_ZABBIX, _ROUNDCUBE = "usr/share/zabbix-server-pgsql/schema.sql.gz", "usr/share/roundcube/SQL/postgres.initial.sql"
_POWERDNS = "usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql"
SOURCES = (
    Source(
        "Tryton",
        "company_company",
        _tryton,
        70,
        along=("ir_sequence_strict",),
        without=("res_user", "product_configuration"),
    ),
    Source("Zabbix", "hosts", _debian("zabbix-server-pgsql", _ZABBIX), 80),
    Source("Logto", "tenants", _logto, 60),
    Source("Unleash", "projects", _unleash, 45),
    Source("MLflow", "experiments", _mlflow, 35),
    Source("Roundcube", "users", _debian("roundcube-core", _ROUNDCUBE), 14),
    Source(
        "MediaWiki", "page", _debian("mediawiki", "usr/share/mediawiki/maintenance/postgres/tables-generated.sql"), 8
    ),
    Source("Request Tracker", "queues", _debian("request-tracker5", "usr/share/request-tracker5/etc/schema.Pg"), 3),
    Source("PowerDNS", "domains", _debian("pdns-backend-pgsql", _POWERDNS), 5),
    Source("Procrastinate", "procrastinate_jobs", _procrastinate, 3),
    Source(
        "pg-boss", "pgboss.queue", _pg_boss, 0, refused=r"pgboss.job has no partition for the copies.*LIST \(name\)"
    ),
)
