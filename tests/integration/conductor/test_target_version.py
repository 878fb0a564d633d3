"""The version of the target: as it is named, in a header of its answer, or on a page of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conductor import doctor
from conductor.load_permission import permission
from conductor.pinned_request import asked_of
from conductor.target_version import target_version
from rampart.config import Target, Version
from rampart.errors import NotReady
from rampart.masking import masked
from rampart.target_file import read_target
from tests.integration.conductor.web import Web, serving


@pytest.fixture(scope="module")
def one_server() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def web(one_server: Web) -> Web:
    one_server.status, one_server.headers, one_server.pages, one_server.asked = 200, {}, {}, []
    return one_server


def found(url: str, **version: str) -> str | None:
    target = Target("shop", url, version=Version(**version))
    return target_version(asked_of(target, permission(target)))


def test_a_name_is_taken_as_it_is_and_nothing_is_asked(web: Web) -> None:
    assert found(web.url) is None
    assert found(web.url, name="1.4.2", header="X-Version") == "1.4.2"
    assert web.asked == []


def test_it_is_in_a_header_whatever_the_status(web: Web) -> None:
    web.headers, web.status = {"X-App-Version": " 7f3a91c "}, 404
    assert found(f"{web.url}/eu", header="x-app-version") == "7f3a91c"
    assert web.asked == ["/eu"]


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ('{"version": "1.4.2", "commit": "7f3a91c"}', "1.4.2"),
        ('{"status": "up", "commit": "7f3a91c"}', "7f3a91c"),
        ("1.4.2\nbuilt on Monday\n", "1.4.2"),
        ("1.4\x1b[31m" + "x" * 200, "1.4[31m" + "x" * 93),
        ('"1.4.2"', "1.4.2"),
    ],
    ids=["version", "commit", "first line", "long, with a control character", "JSON text"],
)
def test_it_is_on_a_page(web: Web, page: str, version: str) -> None:
    web.pages["/version"] = page
    assert found(web.url, path="/version") == version


@pytest.mark.parametrize(
    ("version", "why"),
    [({"header": "X-App-Version"}, "has no header"), ({"path": "/version"}, "answers 200 and names none")],
)
def test_what_is_not_told_is_a_warning_and_no_reason_not_to_run(web: Web, version: dict[str, str], why: str) -> None:
    with pytest.raises(NotReady, match=why):
        found(web.url, **version)
    check = doctor.version(Target("shop", web.url, version=Version(**version)))
    assert (check.status, check.error) == ("warning", None)


def test_without_an_answer_it_is_not_known() -> None:
    with pytest.raises(NotReady, match="does not answer"):
        found("http://127.0.0.1:9", path="/version")


def test_out_of_the_environment_it_is_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text('name = "shop"\nurl = "http://127.0.0.1:9"\n[version]\nname = "env:RELEASE_OF_SHOP"\n')
    target = read_target(path, {"RELEASE_OF_SHOP": "7f3a91c0d2"})
    assert masked(f"version {target.version.name}") == "version 7f3a91c0d2"
    assert read_target(path, {"RELEASE_OF_SHOP": "a", "RAMPART_VERSION_NAME": "b"}).version.name == "b"
