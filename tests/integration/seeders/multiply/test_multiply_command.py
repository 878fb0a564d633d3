"""`rampart seed --multiply` from the command line, with a target file that names no seeder."""

from __future__ import annotations

import re

import pytest
from multiplying import catalog, content, kill_in_bulk, multiplied, value

from commands import main
from conductor.seeding import require_whole
from rampart.config import Target
from rampart.errors import ExitCode, NotReady
from seeders.database.interrupted import left_off
from seeders.multiply.copied import copied_tenants


@pytest.fixture
def seed(nasty, tmp_path, capsys):
    target = tmp_path / "target.toml"
    target.write_text(
        f'name = "nasty"\nurl = "http://127.0.0.1:1"\npostgres = "{nasty}"\n[seed]\nyes_this_database = true\n'
    )

    def run(*words: str) -> tuple[int, str]:
        code = main.main(["seed", "--target", str(target), *words])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


MULTIPLY = ("--multiply", "--root", "app.orgs", "--with", "app.people", "--fake", "people.phone=phone_number")


def test_dry_run_growth_and_removal(nasty, seed):
    before = content(nasty)
    code, said = seed(*MULTIPLY, "--tenants", "30", "--dry-run")
    assert (code, content(nasty)) == (ExitCode.DONE, before)
    assert "app.orgs.host: acme.example.org becomes c0-acme.example.org" in said
    assert "not copied (else --with): Ref.Countries, Ref.plans" in said
    assert "to 30 tenants in app.orgs from 3 (3 of them real): 2,700 rows" in said
    code, said = seed(*MULTIPLY, "--tenants", "30", "--rehearse")
    assert (code, content(nasty)) == (ExitCode.DONE, before)
    assert re.search(
        r"rehearsed for 30 tenants in app.orgs: \d+ rows copied, 26 foreign keys counted, all removed", said
    )
    code, said = seed(*MULTIPLY, "--tenants", "10,30")
    assert code == ExitCode.DONE and "30 tenants in app.orgs, 2,700 rows" in said
    assert "foreign keys counted: no row refers to nothing" in said
    assert re.search(r"of that: preparing \d\.\d s.*rehearsing \d\.\d s", said)
    assert value(nasty, "SELECT count(*) FROM app.orgs") == 30
    code, said = seed("--remove")
    assert code == ExitCode.DONE and "removed 27 copied tenants, 2,700 rows" in said
    assert content(nasty) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--multiply", "--root", "app.orgs"), ExitCode.USAGE, "no tenants are given"),
        (("--multiply", "--tenants", "9", "--root", "orgz"), ExitCode.USAGE, "Did you mean"),
        (("--multiply", "--tenants", "9", "--fake", "people.phone"), ExitCode.USAGE, "--fake is not complete"),
        (("--tenants", "9"), ExitCode.USAGE, "has no seeder"),
        (("--tenants", "9", "--rehearse"), ExitCode.USAGE, "--rehearse belongs to --multiply"),
    ],
)
def test_what_does_not_fit_is_said(nasty, seed, words, code, said):
    before = content(nasty)
    done, heard = seed(*words)
    assert (done, content(nasty)) == (code, before) and said in heard


@pytest.mark.parametrize("moment", ["2,", "building indexes", "checking foreign keys"])
def test_killed_while_keys_are_off_it_is_refused_until_it_is_resumed(nasty, another, seed, moment):
    undisturbed, before = another(), catalog(nasty)
    assert kill_in_bulk(nasty, 30, moment).startswith(moment)
    assert catalog(nasty) != before and "foreign key" in left_off(nasty).words
    with pytest.raises(NotReady, match=r"was interrupted|is being seeded"):
        require_whole(Target("nasty", "http://127.0.0.1:1", postgres=nasty))
    code, said = seed("--resume")  # no option of the growth is needed again
    assert code == ExitCode.DONE and "30 tenants in app.orgs" in said
    assert "indexes and constraints compared with those before: all are as they were" in said
    multiplied(undisturbed, 30)
    assert (content(nasty), catalog(nasty), left_off(nasty)) == (content(undisturbed), before, None)
    code, said = seed("--resume")
    assert code == ExitCode.DONE and said.endswith("nothing was interrupted\n")


def test_what_is_replaced_is_told_and_kept_with_the_copies(nasty, seed):
    outward = "harmless values stand in the copies for what app.people.email (mail address)"
    assert outward in seed(*MULTIPLY, "--tenants", "10", "--rehearse")[1]
    _, said = seed(*MULTIPLY, "--tenants", "10")
    assert outward in said and re.search(r"7 tenants are coming: \d+ rows, about \d+ MB and \d+ s", said)
    (kept,) = copied_tenants(nasty)
    assert (kept["copies"], kept["harmless"]["app.people.email"]) == (7, "mail address")
    assert kept["database"] == "--yes-this-database says so" and "@" not in str(kept)
