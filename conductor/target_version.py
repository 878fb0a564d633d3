"""Which version of the target runs: the suspect where the capacity fell, and so no part of the fingerprint."""

from __future__ import annotations

import json

from conductor.pinned_request import Answer, Asked, NoAnswer, answer
from rampart.errors import NotReady
from rampart.masking import masked
from rampart.printable import clean

_KEYS = ("version", "commit", "revision", "sha")  # in an answer that is a JSON object, the first of them
_LONGEST = 100  # characters
_REMEDY = 'Correct [version] in the target file: name = "1.4.2", header = "X-App-Version", or path = "/version".'


def target_version(asked: Asked) -> str | None:
    """As the target file says; None where it says nothing, NotReady where it asks for what the target does not tell."""
    version = asked.target.version
    if version.name:
        return _shown(version.name)
    if not (version.header or version.path):
        return None
    answered = _first_answer(asked, version.path or asked.own_path)
    if version.header:
        found = answered.headers.get(version.header, "")
        where = f"the answer to {answered.url} has no header {version.header}"
    else:
        found = _of_page(answered.text) if answered.status == 200 else ""
        where = f"{version.path} answers {answered.status} and names none"
    if not found.strip():
        raise _unknown(where)
    return _shown(found)


def _first_answer(asked: Asked, path: str) -> Answer:
    """Of several addresses the first that answers: `localhost` has one that nobody listens on, often."""
    said = "it has no address"
    for address in asked.addresses:
        try:
            return answer(asked, address, path)
        except NoAnswer as error:
            said = str(error)
    raise _unknown(said)


def _of_page(text: str) -> str:
    """The value of a known key of a JSON object, or else the first line of a text."""
    try:
        told = json.loads(text)
    except ValueError:
        return text.strip().partition("\n")[0]
    if not isinstance(told, dict):
        return str(told)
    return str(next((told[key] for key in _KEYS if told.get(key)), ""))


def _shown(text: str) -> str:
    return str(masked(" ".join(clean(text).split())[:_LONGEST]))


def _unknown(why: str) -> NotReady:
    return NotReady("the target's version is not known", why, _REMEDY)
