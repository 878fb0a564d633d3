"""`verdict.json`: written from the `Verdict` type, and read back by the one strict decoder."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rampart.errors import UsageError
from rampart.model import JSON
from rampart.runs import Run
from rampart.verdict import SCHEMA, Verdict

NAME = "verdict.json"


def write_verdict(run: Run, verdict: Verdict) -> None:
    """Write `verdict.json` of a run."""
    run.write_json("verdict.json", asdict(verdict))


def read_verdict(run: Run) -> Verdict:
    """The verdict of a run; a UsageError where it has none, one of another schema, or a damaged one."""
    path, again = run.folder / NAME, f"`rampart report {run.folder}` makes it again from the recording."
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        missing = isinstance(error, FileNotFoundError)
        why = f"{NAME} is missing" if missing else f"{NAME} cannot be read ({error})"
        raise UsageError(f"{run.folder} has no verdict", why, again) from error
    return decode(text, str(path), again)


def decode(text: str, where: str, again: str = "Make it again with `rampart report`.") -> Verdict:
    """A verdict from its JSON text; a UsageError that names the first fault, `where` it is and what to do (`again`)."""
    try:
        _check_schema(json.loads(text), where, again)
        return TypeAdapter(Verdict).validate_json(text, strict=True)
    except ValidationError as error:
        raise UsageError(f"{where} is damaged", _fault(error), again) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is damaged", f"it is not JSON ({error})", again) from error


def _check_schema(found: Any, where: str, again: str) -> None:
    schema = found.get("schema") if isinstance(found, dict) else None
    if not isinstance(schema, int) or schema == SCHEMA:
        return  # what is no schema number is for the decoder to tell
    why = f"it has schema {schema}, this Rampart reads {SCHEMA}"
    raise UsageError(f"{where} cannot be read", why, again if schema < SCHEMA else "Use a newer Rampart.")


def _fault(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    place = ".".join(map(str, faults[0]["loc"])) or "the whole"
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return f"{place}: {faults[0]['msg'][:1].lower()}{faults[0]['msg'][1:]}{more}"


def json_schema() -> JSON:
    """The JSON Schema of `verdict.json`, generated from the types."""
    return TypeAdapter(Verdict).json_schema()
