"""Writes what is said of `verdict.json` from its types: `python -m benchmarks.verdict_page` (`make docs`).

`docs/verdict.md` has a table of fields for each type, with the comments beside the fields as their meaning;
`docs/verdict.schema.json` is the JSON Schema.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tokenize
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import get_args

from rampart import finding, latency, model, prediction, verdict
from rampart.verdict_file import json_schema

DOCS = Path(__file__).resolve().parents[1] / "docs"
MODULES = (verdict, finding, latency, prediction)
ALIASES = {
    "Text": "str",
    "Resource": "str",
    "Seen": "float | None",
    "Thresholds": "Mapping[str, float]",
    "Status": " | ".join(map(repr, get_args(finding.Status))),
    "VerdictOutcome": " | ".join(map(repr, get_args(verdict.VerdictOutcome))),
}
HEAD = """# The verdict

`verdict.json` is written from the type `Verdict` (`rampart/verdict.py`) and read back by one strict decoder
(`rampart/verdict_file.py`). A file with a field that is missing, unknown or of another type, or with a number that is
not finite, is refused with a sentence that says which. Its schema number is now {schema}: one of an older Rampart is
refused too, and `rampart report RUN` makes it again from the recording. [verdict.schema.json](verdict.schema.json) is
the same as a JSON Schema. In Python:

```python
from pathlib import Path

from rampart.runs import Run
from rampart.verdict_file import read_verdict

def first(folder: Path) -> str:
    verdict = read_verdict(Run.open(folder))
    return verdict.first.id if verdict.first else verdict.outcome
```

This page and the schema are made from the types by `make docs`.
"""


def page() -> str:
    """The text of docs/verdict.md."""
    return HEAD.format(schema=verdict.SCHEMA) + "".join(f"\n{section}" for section in _sections())


def schema() -> str:
    """The text of docs/verdict.schema.json."""
    return json.dumps(json_schema(), indent=1, sort_keys=True) + "\n"


def _sections() -> Iterator[str]:
    """A section for each type, `Verdict` first, in the order in which fields mention them."""
    known = {name: (module, kind) for module in (*MODULES, model) for name, kind in vars(module).items()
             if is_dataclass(kind) and kind.__module__ == module.__name__}  # fmt: skip
    todo, done = ["Verdict"], list[str]()
    while todo:
        name = todo.pop(0)
        done.append(name)
        module, kind = known[name]
        assert isinstance(kind, type)
        yield _section(module, kind)
        mentioned = re.findall(r"\w+", " ".join(str(f.type) for f in fields(kind)))
        todo += [word for word in dict.fromkeys(mentioned) if word in known and word not in (*done, *todo)]


def _section(module: ModuleType, kind: type) -> str:
    comments = _comments(module)
    rows = []
    for f in fields(kind):
        owner = next(base for base in kind.__mro__ if f.name in vars(base).get("__annotations__", {}))
        rows.append(f"| `{f.name}` | {_link(str(f.type))} | {comments.get((owner.__name__, f.name), '')} |")
    about = " ".join((inspect.getdoc(kind) or "").split())
    return f"## {kind.__name__}\n\n{about}\n\n| field | type | is |\n|---|---|---|\n" + "\n".join(rows) + "\n"


def _link(text: str) -> str:
    """A type as the table shows it; one that has a section of its own as a link to it."""
    shown = re.sub(r"\b[A-Z]\w+\b", lambda m: ALIASES.get(m[0], m[0]), text).replace("|", "\\|")
    return re.sub(r"\b([A-Z]\w+)\b", lambda m: f"[{m[1]}](#{m[1].lower()})" if _has_section(m[1]) else m[1], shown)


def _has_section(name: str) -> bool:
    return any(is_dataclass(vars(module).get(name)) for module in (*MODULES, model))


def _comments(module: ModuleType) -> dict[tuple[str, str], str]:
    """The comment at the end of each field's line, by class and field."""
    source = inspect.getsource(module)
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    by_line = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    return {
        (kind.name, field.target.id): by_line.get(field.lineno, "")
        for kind in ast.parse(source).body
        if isinstance(kind, ast.ClassDef)
        for field in kind.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


if __name__ == "__main__":
    (DOCS / "verdict.md").write_text(page())
    (DOCS / "verdict.schema.json").write_text(schema())
