"""Files of people that the user gives: leavers, approved administrators, tickets, reviewers of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from auditctl.errors import InputFileError
from auditctl.population.model import InputFile
from auditctl.population.textfile import csv_records, parse_day, read_text_file
from auditctl.text import show

Column = tuple[pa.DataType, Callable[[str], object]]
"""The type of a column, and what makes its values of texts, or raises ValueError."""


def _text(problem: str) -> Column:
    """Return a column of texts; an empty one is a problem."""

    def word(text: str) -> str:
        if not text.strip():
            raise ValueError(f"it is empty; {problem}")
        return text.strip()

    return pa.string(), word


_OPTIONAL: Column = (pa.string(), lambda text: text.strip() or None)
_DAY: Column = (pa.date32(), parse_day)
_OPTIONAL_DAY: Column = (pa.date32(), lambda text: parse_day(text) if text.strip() else None)
_WHO = {"username": _OPTIONAL, "email": _OPTIONAL}


@dataclass(frozen=True, slots=True)
class PeopleFormat:
    """A CSV about people: what its columns are."""

    name: str
    """The setting, the relation, and what stands before `_file` in the capability."""
    columns: Mapping[str, Column]
    optional: frozenset[str] = frozenset()
    """Columns that the header may lack."""
    subject: tuple[str, ...] = ("username", "email")
    """Columns of which a line fills in one at least."""
    once: bool = True
    """Whether nobody stands in it twice."""

    @property
    def schema(self) -> pa.Schema:
        """The rows that are read, with the number of their line."""
        return pa.schema([("line", pa.int64()), *((name, kind) for name, (kind, _) in self.columns.items())])


LEAVERS = PeopleFormat("leavers", {**_WHO, "left_on": _DAY})
APPROVED_ADMINS = PeopleFormat(
    "approved_admins", {**_WHO, "approved_by": _text("say who approved"), "approved_on": _DAY}
)
TICKETS = PeopleFormat(
    "tickets",
    {
        "ticket": _text("give its number"),
        "approved_by": _text("say who approved"),
        "approved_on": _DAY,
        **_WHO,
        "object": _OPTIONAL,
        "valid_from": _OPTIONAL_DAY,
        "valid_until": _OPTIONAL_DAY,
    },
    optional=frozenset({"username", "email", "object", "valid_from", "valid_until"}),
    subject=("username", "email", "object"),
    once=False,
)
REVIEWERS = PeopleFormat("reviewers", {**_WHO, "reviews": _text("say what this person reviews")})
PEOPLE = (LEAVERS, APPROVED_ADMINS, TICKETS, REVIEWERS)


def read_people(path: Path, form: PeopleFormat) -> tuple[pa.Table, InputFile]:
    """Read a file of people: CSV in UTF-8 with a header line.

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    text = read_text_file(path)
    problems: list[str] = []
    as_of = text.as_of(problems)
    needed = [name for name in form.columns if name not in form.optional]
    rows = []
    for line, record in csv_records(text, needed, list(form.columns), problems):
        row: dict[str, object] = {"line": line}
        wrong = []
        for column, (_, convert) in form.columns.items():
            try:
                row[column] = convert(record.get(column, ""))
            except ValueError as error:
                wrong.append(f"{column}: {error}")
        problems += [f"{show(path)}:{line}: {problem}" for problem in (*_whole(row, form), *wrong)]
        rows.append(row)
    if form.once:
        problems += _repeated(path, rows)
    if problems:
        raise InputFileError(problems)
    file = InputFile(form.name, path.name, text.sha256, len(rows), "", as_of, text.origin)
    return pa.Table.from_pylist(rows, schema=form.schema), file


def _whole(row: Mapping[str, object], form: PeopleFormat) -> Iterator[str]:
    """Yield what is wrong with a line though each of its values is right."""
    if not any(row[name] for name in form.subject):
        yield f"neither {', '.join(form.subject[:-1])} nor {form.subject[-1]}; give one of them"
    since, until = row.get("valid_from"), row.get("valid_until")
    if isinstance(since, date) and isinstance(until, date) and until < since:
        yield f"valid_until {until} is before valid_from {since}; mend one of them"


def _repeated(path: Path, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    seen: dict[str, object] = {}
    for row in rows:
        name = str(row["username"] or row["email"]).casefold()
        if name in seen:
            yield f"{show(path)}:{row['line']}: {show(name)} stands in line {seen[name]} already; keep one"
        seen.setdefault(name, row["line"])
