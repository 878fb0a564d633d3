"""The `rampart` program: it finds the command, imports only that, and is the one place that prints errors and exits."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from commands.crash import unexpected
from commands.signals import deaf, in_order
from conductor.console import Console
from conductor.next_command import remember_target_file
from rampart import __version__
from rampart.errors import ExitCode, RampartError, UsageError, nearest
from rampart.target_file import doubtful_variables

# Name, what it does, an example. Imported only when called: `rampart report` needs neither locust nor psycopg.
COMMANDS = {
    "ramp": (
        "grow tenants, ramp users, name the first bottleneck",
        "rampart ramp --tenants 100,1000 --flaws missing-index",
    ),
    "report": ("rebuild everything derived from a recorded run", "rampart report runs/2026-11-23T0052-lab"),
    "nightly": ("a short run, compared with the last comparable one", "rampart nightly --target targets/staging.toml"),
    "doctor": ("ask every question that could spoil a run", "rampart doctor --target targets/staging.toml"),
    "config": (
        "what is in force for a target, and from where",
        "rampart config --target targets/staging.toml",
    ),
    "lab": ("staging in a box: up, status, down", "rampart lab up --flaws n-plus-one"),
    "seed": ("grow the data alone", "rampart seed --target targets/staging.toml --tenants 1000"),
    "confirm": ("apply the remedy of a run's first bottleneck and see what moves", "rampart confirm runs/A"),
    "ladder": ("mend the lab's first bottleneck, find the next, until the load is held", "rampart ladder --users 400"),
    "flawbank": ("how often the right cause is named, over every planted flaw", "rampart flawbank --minutes 60"),
    "claims": ("claims about how a SaaS breaks, beside what the lab measures", "rampart claims --only full-scan"),
    "knee": ("the knee of anybody's measurements", "rampart knee stages.csv --json"),
    "compare": ("compare the verdicts of two runs", "rampart compare runs/A runs/B"),
    "history": ("list the recorded runs", "rampart history"),
    "export": ("write a run's tables as CSV", "rampart export runs/A --to exported"),
    "explain": ("what a finding means and how it is detected", "rampart explain missing-index"),
    "list": ("every plug-in with its one-line summary", "rampart list findings --json"),
}


class _Parser(argparse.ArgumentParser):
    """Raises instead of exiting, and names the nearest right word."""

    def error(self, message: str) -> NoReturn:
        flags = [flag for action in self._actions for flag in action.option_strings]
        wrong = next((word for word in message.split() if word.startswith("-")), None)
        hint = nearest(wrong, flags) if wrong and wrong not in flags else f"See {self.prog} --help."
        raise UsageError(f"{self.prog} does not understand the call", message, hint)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    console = Console()
    try:
        with in_order():
            return int(_dispatch(list(sys.argv[1:] if argv is None else argv), console))
    except RampartError as error:
        console.fail(error)
        return int(error.code)
    except KeyboardInterrupt:
        console.warn("Interrupted; what was recorded is kept.")
        return int(ExitCode.INCOMPLETE)
    except BrokenPipeError:
        return int(ExitCode.DONE)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is one sentence here, and the rest in a file
        told = unexpected(error)
        console.fail(told)
        return int(told.code)
    finally:
        remember_target_file(None)  # it belongs to this call: another in the same process may name none


def _dispatch(argv: list[str], console: Console) -> ExitCode:
    if argv and argv[0] in ("--version", "-V"):
        print(f"rampart {__version__}")
        return ExitCode.DONE
    if not argv or argv[0] in ("--help", "-h", "help"):
        print(overview())
        return ExitCode.DONE
    name, *rest = argv
    if name not in COMMANDS:
        raise UsageError(f"there is no command {name!r}", "rampart does not know it", nearest(name, COMMANDS))
    summary, example = COMMANDS[name]
    module = importlib.import_module(f"commands.{name}")
    parser = _Parser(
        prog=f"rampart {name}",
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example: {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.arguments(parser)
    arguments = parser.parse_args(rest)
    for doubtful, hint in doubtful_variables(os.environ) if hasattr(arguments, "target") else ():
        console.warn(f"the environment variable {doubtful} is no setting and has no effect. {hint}")
    code: ExitCode = module.run(arguments, console)
    return code


def overview() -> str:
    """What `rampart --help` says."""
    width = max(map(len, COMMANDS))
    rows = [f"  {name:<{width}}  {summary}" for name, (summary, _) in COMMANDS.items()]
    return "\n".join(
        [
            "Rampart grows tenants, ramps users, and names the first bottleneck, with evidence.",
            "",
            "usage: rampart COMMAND [options]      (rampart COMMAND --help has an example)",
            "",
            *rows,
            "",
            "exit codes: 0 done · 1 an objective was missed, or the target failed · 2 usage · 3 not ready ·",
            "            4 incomplete or not to be trusted · 5 a correctness violation · 70 a fault of Rampart's own",
        ]
    )


def program() -> NoReturn:
    """The installed `rampart`: what comes after the last word of a command must not change its exit code."""
    code = main()
    deaf()
    sys.exit(code)


if __name__ == "__main__":
    program()
