"""A whole climb of a lab of its own, and the folder that it leaves."""

from __future__ import annotations

import json

from conductor.console import Console
from conductor.experiment.journalled import lab_journal
from conductor.experiment.take_back import take_back_all
from conductor.ladder.climb import Climb
from conductor.passing_lab import passing_lab
from conductor.session import Options
from rampart.model import JSON
from rampart.unrecorded import replace_file
from reports.ladder import page

TOLD, PAGE = "ladder.json", "ladder.html"


def carry_out(options: Options, minutes: float, console: Console) -> JSON:
    """Climb until the most users of the target are held; what `ladder.json` says, which is written in any case.

    It, its page and the run of every ramp are kept in `options.runs`, a folder of this climb alone. `minutes` are for
    all of it.
    """
    folder = options.runs
    take_back_all(options.target, console)
    with lab_journal(folder, options.target) as journal, passing_lab(options.flaws.split(","), console.say) as lab:
        climb = Climb(lab, options, options.target.load.max_users, minutes, console, journal)
        try:
            climb.climb()
        finally:
            told = climb.as_json()
            replace_file(folder / TOLD, json.dumps(told, indent=1) + "\n")
            replace_file(folder / PAGE, page(folder.name, told))
    return told
