"""A distinct secret for each place in which one can be: (place, what it looks like).

Every value begins with `cnQ` and two digits, by which it is found again, whole or cut.
"""

from __future__ import annotations

_PLACES = {
    # The target file.
    "password in a conninfo": "{}",
    "password with quotes and escapes": "{}'it \"x\\y%/&",
    "password in a URL of a database": "{}@p/w#",
    "password of the console of PgBouncer": "{}",
    "password in a URL of Redis": "{}",
    "password in a URL of a queue": "{}",
    "query of app_stats": "{}",
    "user of app_stats": "{}",
    "value from the environment": "{}",
    "header": "{}",
    "bearer token in a header": "{}",
    "remedy's apply": "{}",
    "remedy's undo": "{}",
    "option in one word": "{}",
    "option in two words": "{}",
    "text of [[processes]]": "{}",
    # What the scenario finds and does.
    "environment of the scenario": "{}",
    "path of a request": "{}",
    "query of a request": "{}",
    "fragment of a request": "{}",
    "parameter in a path": "{}",
    "user of a request's URL": "{}",
    "name of a request": "{}",
    "name of a custom event": "{}",
    "name of a WebSocket's event": "{}",
    "exception in a task": "{}",
    "long exception in a task": "{}",
    "exception of a failed request": "{}",
    "exception in on_start": "{}",
    "exception at import": "{}",
    "line of the log": "{}",
    "private key in the log": "{}",
    "printed line": "{}",
    "printed value of the environment": "{}",
    "cookie": "{}",
    "text of response.failure": "{}",
    # What the target answers.
    "Server-Timing": "{}",
    "body": "{}",
    "header of an answer": "{}",
    "reason of an answer": "{}",
    "answer of app_stats": "{}",
    # The database and processes.
    "ALTER ROLE": "{}",
    "DO block": "{}",
    "literal in a statement": "{}",
    "running statement": "{}",
    "command line of a process": "{}",
}
_TAIL = "x7Kd9mZq"


def canaries() -> dict[str, str]:
    """By place; each has a part of its own."""
    return {
        place: form.format(f"cnQ{number:02}{_TAIL}{number:02}")
        for number, (place, form) in enumerate(_PLACES.items(), 10)
    }


def tag(value: str) -> str:
    """By what a canary is found, whole or cut."""
    return value[:5]
