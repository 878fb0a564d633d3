"""What is tried: an application, what is done wrong in it, and what must be named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """One system and its one mistake."""

    name: str
    application: str  # a file of tests/integration/seeders/multiply/applications
    scenario: str  # a locustfile beside this file
    wanted: str  # the finding that must be first
    about: str  # a word that its resource must contain, "" for any
    tenants: int = 100
    sql: str = ""  # run on the filled database
    postgres: tuple[str, ...] = ()  # settings, `name=value`
    middleware: tuple[str, ...] = ()
    database: Mapping[str, object] = field(default_factory=dict)  # Django's settings of its connection
    gunicorn: Mapping[str, object] = field(default_factory=dict)


# Half a million answers to one old ticket that nobody reads any more.
_FOLLOW_UPS = """
INSERT INTO helpdesk_followup (date, title, comment, public, new_status, message_id, time_spent, ticket_id, user_id)
SELECT date, title, comment, public, new_status, message_id, time_spent, (SELECT min(id) FROM helpdesk_ticket), user_id
FROM helpdesk_followup, generate_series(1, 500000 / (SELECT count(*) FROM helpdesk_followup)) AS again;
"""
_NO_INDEX = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT indexrelid::regclass AS name FROM pg_index JOIN pg_attribute
               ON attrelid = indrelid AND attnum = indkey[0]
               WHERE indrelid = 'helpdesk_followup'::regclass AND attname = 'ticket_id' LOOP
        EXECUTE 'DROP INDEX ' || one.name;
    END LOOP;
END $$;
"""
_PAGE_VIEWS = "CREATE TABLE page_views (views bigint NOT NULL); INSERT INTO page_views VALUES (0);"

# What there is to look at: the paths of one kind of page, by application.
PATHS = {
    "desk": "SELECT '/tickets/' || id || '/' FROM helpdesk_ticket WHERE id > (SELECT min(id) FROM helpdesk_ticket)",
    "shop": "SELECT '/catalogue/' || slug || '_' || id || '/' FROM catalogue_product",
}
CASES = (
    Case("desk", "desk", "staff.py", "app-cpu", ""),
    Case("shop", "shop", "visitors.py", "app-cpu", ""),
    Case("desk-without-an-index", "desk", "staff.py", "missing-index", "ticket_id", sql=_FOLLOW_UPS + _NO_INDEX),
    # Its search compares ten columns of every ticket with the word, as its authors wrote it.
    Case("desk-searched", "desk", "searchers.py", "slow-query", "helpdesk_ticket", tenants=2_000),
    Case("desk-that-counts-views", "desk", "staff.py", "lock-contention", "page_views", sql=_PAGE_VIEWS,
         middleware=("_mistakes.counts_views",)),
    Case("desk-that-asks-outside", "desk", "staff.py", "downstream", "", middleware=("_mistakes.asks_outside",)),
    Case("desk-that-mails", "desk", "staff.py", "sync-work", "mail", middleware=("_mistakes.mails",)),
    Case("shop-of-many-threads", "shop", "visitors.py", "db-connections", "", postgres=("max_connections=12",),
         database={"CONN_MAX_AGE": 60}, gunicorn={"threads": 20}),
)  # fmt: skip
