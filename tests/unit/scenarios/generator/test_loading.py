"""What is told of an exception with which a scenario could not be imported: whatever it is, something is told."""

from __future__ import annotations

from scenarios.generator.loading import explained


class Mute(Exception):
    """Other people's exceptions may raise when they are asked."""

    def __str__(self) -> str:
        raise ValueError("no words")


def test_an_exception_without_words_is_told_by_its_type() -> None:
    assert (explained(Mute())["error"], explained(Mute())["said"]) == ("Mute", "Mute")
    assert explained(ValueError())["said"] == "ValueError"


def test_a_missing_module_and_a_missing_file_are_told_apart() -> None:
    assert explained(ModuleNotFoundError("No module named 'shop'", name="shop"))["module"] == "shop"
    missing = FileNotFoundError(2, "No such file", "users.csv")
    assert (explained(missing)["file"], explained(missing)["module"]) == ("users.csv", None)
