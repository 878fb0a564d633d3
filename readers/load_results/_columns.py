"""The columns of a delimited file, as words or as numbers; an error names the line that it is about."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rampart.errors import UsageError
from rampart.windows import Floats
from readers.load_results._reader import Source

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = ",;\t"
ABSURD = 1e12  # users or requests/s that nobody has
NOT_MEASURED = ("", "nan", "NaN", "N/A")
DECIMAL_COMMA = r"-?\d+,\d+"


def delimiter(header: str) -> str:
    """The one that stands most often in the header; a comma where none does."""
    return max(DELIMITERS, key=header.count)


@dataclass(frozen=True, slots=True)
class Columns:
    """A file's rows without the blank ones. Names are as in the header, without spaces around them."""

    source: Source
    delimiter: str
    frame: pd.DataFrame  # words; the index is the record's number, 0 for the first after the header
    skipped: int  # blank lines before the header

    @property
    def names(self) -> list[str]:
        return list(self.frame.columns)

    def keep(self, rows: Sequence[bool]) -> Columns:
        """The same file with only these of its rows."""
        return replace(self, frame=self.frame.loc[np.array(rows, dtype=np.bool)])

    def measured(self, *names: str) -> Columns:
        """Without the rows that lack one of these, as a torn last one does; `UsageError` if no row can have it."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise self.source.unreadable(f"the column {', '.join(missing)} is missing", "Keep what the tool writes.")
        return self.keep([bool(full) for full in (self.frame[list(names)] != "").all(axis=1)])

    def without(self, name: str, sign: str) -> Columns:
        """The same file with a sign taken off the cells of a column."""
        return replace(self, frame=self.frame.assign(**{name: self.frame[name].str.strip().str.removesuffix(sign)}))

    def words(self, name: str) -> list[str]:
        return [str(word).strip() for word in self.frame[name]]

    def numbers(self, name: str, high: float = ABSURD) -> Floats:
        """A column that holds nothing below 0, NaN where it was not measured; raises `UsageError` on anything else."""
        import pandas as pd

        words = self.frame[name].str.strip()
        if self.delimiter != "," and words.str.fullmatch(DECIMAL_COMMA).any() and not words.str.contains(r"\.").any():
            words = words.str.replace(",", ".")  # it divides no cells here, and no point stands beside it
        values = np.asarray(pd.to_numeric(words, errors="coerce"), dtype=np.float64)
        strange = np.isnan(values) & ~np.asarray(words.isin(NOT_MEASURED), dtype=bool)
        if strange.any():
            raise self.wrong(name, strange, "which is not a number", "Write numbers; leave out what was not measured.")
        outside = (values < 0) | (values > high)
        if outside.any():
            bounds = "a finite number that is not negative" if high == ABSURD else f"between 0 and {high:g}"
            raise self.wrong(name, outside, f"which must be {bounds}", "Correct that line.")
        return values

    def wrong(
        self, name: str, rows: Sequence[bool] | np.ndarray[tuple[int], np.dtype[np.bool]], why: str, remedy: str
    ) -> UsageError:
        """The error about a column's cell in the first of these rows."""
        row = int(np.argmax(rows))
        word = str(self.frame[name].iloc[row]).strip()
        return self.source.unreadable(f"line {self.line(row)} has {word!r} as {name}, {why}", remedy)

    def line(self, row: int) -> int:
        """The line on which a row ends: read again, since a quoted cell may span several."""
        records = int(self.frame.index[row]) + 2  # the header is one
        with self.source.open() as file:
            for _ in range(self.skipped):
                next(file)
            reader = csv.reader(file, delimiter=self.delimiter)
            for _ in range(records):
                next(reader)
            return self.skipped + reader.line_num


def read_columns(source: Source, wanted: Callable[[str], bool] = lambda _: True) -> Columns:
    """The columns of a file whose names are wanted; raises `UsageError` where rows do not fit the header."""
    import pandas as pd  # takes a third of a second, which only files with columns pay

    mark = delimiter(source.first_line())
    with source.open() as file:
        skipped = next((n for n, line in enumerate(file) if line.strip()), 0)
    try:
        with source.open() as file:
            frame = pd.read_csv(
                file, sep=mark, dtype=str, keep_default_na=False, skipinitialspace=True, index_col=False,
                skip_blank_lines=False, skiprows=skipped, usecols=lambda name: wanted(name.strip()),
            )  # fmt: skip
    except pd.errors.EmptyDataError:
        raise source.unreadable("it is empty", "Name a file with a header and rows.") from None
    except pd.errors.ParserError as error:
        raise source.unreadable(str(error).split("C error: ")[-1].strip(), "Mend or leave out that line.") from None
    frame = frame.fillna("").rename(columns=str.strip)
    return Columns(source, mark, frame[(frame != "").any(axis=1)], skipped)
