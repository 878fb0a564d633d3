"""Where a number comes from is said at the place or in docs/sources.md: nothing points out of the repository."""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "docs/sources.md"
# `[judged]`, `[method 1.2]`, `[measured: …]`; a link of Markdown is none, nor is a comprehension of Python.
_MARK = re.compile(r"\[(?:probes|method|measured|judged|derived|lab|study)\b(?!-)[^]\n]*\](?!\()|\[R\d\]")
_WRITTEN = (".py", ".md", ".toml", ".sql", ".j2", ".css", "")  # the last: Makefile and its like
_POINTER = re.compile(r"sources\.md#([\w-]+)")


@cache
def texts() -> dict[str, str]:
    """What people read, by file: documents, and the comments and strings of code. Recordings are not ours to change."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name and not name.startswith("tests/recordings/")]
    written = [path for path in files if path.is_file() and path.suffix in _WRITTEN and path != Path(__file__)]
    return {str(path.relative_to(ROOT)): _prose(path) for path in written}


def _prose(path: Path) -> str:
    text = path.read_text(errors="replace")
    if path.suffix != ".py":
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(t.string for t in tokens if t.type in (tokenize.COMMENT, tokenize.STRING))


def sections() -> set[str]:
    """The anchors of docs/sources.md, as GitHub makes them."""
    headings = re.findall(r"^## (.+)$", SOURCES.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_no_mark_points_to_a_document_that_is_not_here() -> None:
    found = {name: marks for name, text in texts().items() if (marks := _MARK.findall(text))}
    assert found == {}
    assert _MARK.findall("x = 1  # [judged]") and _MARK.findall("[probes 14.2: PgHero]")
    assert not _MARK.findall("see [method](docs/method.md)")


def test_each_pointer_finds_its_section_and_each_section_is_pointed_to() -> None:
    others = [text for name, text in texts().items() if name != "docs/sources.md"]
    pointed = {anchor for text in others for anchor in _POINTER.findall(text)}
    assert pointed == sections()
