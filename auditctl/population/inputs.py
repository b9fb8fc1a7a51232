"""Files of people that the user gives: leavers, approved administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from auditctl.errors import InputFileError
from auditctl.population.model import InputFile
from auditctl.population.textfile import csv_records, parse_day, read_text_file
from auditctl.text import show


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; say who approved")
    return text.strip()


@dataclass(frozen=True, slots=True)
class PeopleFormat:
    """A CSV with `username`, `email` and more: who, and what of them."""

    name: str
    """The setting, the relation, and what stands before `_file` in the capability."""
    columns: Mapping[str, tuple[pa.DataType, Callable[[str], object]]]
    """The others, all needed: the type, and what makes a value of a text or raises ValueError."""

    @property
    def schema(self) -> pa.Schema:
        """The rows that are read, with the number of their line."""
        fields = {"line": pa.int64(), "username": pa.string(), "email": pa.string()}
        return pa.schema([*fields.items(), *((name, kind) for name, (kind, _) in self.columns.items())])


LEAVERS = PeopleFormat("leavers", {"left_on": (pa.date32(), parse_day)})
APPROVED_ADMINS = PeopleFormat(
    "approved_admins", {"approved_by": (pa.string(), _word), "approved_on": (pa.date32(), parse_day)}
)
PEOPLE = (LEAVERS, APPROVED_ADMINS)


def read_people(path: Path, form: PeopleFormat) -> tuple[pa.Table, InputFile]:
    """Read a file of people: CSV in UTF-8 with a header line.

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    text = read_text_file(path)
    problems: list[str] = []
    as_of = text.as_of(problems)
    columns = ("username", "email", *form.columns)
    rows = []
    for line, record in csv_records(text, columns, columns, problems):
        username, email = record["username"].strip() or None, record["email"].strip() or None
        row: dict[str, object] = {"line": line, "username": username, "email": email}
        if username is None and email is None:
            problems.append(f"{show(path)}:{line}: neither username nor email; give one of them")
        for column, (_, convert) in form.columns.items():
            try:
                row[column] = convert(record[column])
            except ValueError as error:
                problems.append(f"{show(path)}:{line}: {column}: {error}")
        rows.append(row)
    problems += _repeated(path, rows)
    if problems:
        raise InputFileError(problems)
    file = InputFile(form.name, path.name, text.sha256, len(rows), "", as_of, text.origin)
    return pa.Table.from_pylist(rows, schema=form.schema), file


def _repeated(path: Path, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    seen: dict[str, object] = {}
    for row in rows:
        name = str(row["username"] or row["email"]).casefold()
        if name in seen:
            yield f"{show(path)}:{row['line']}: {show(name)} stands in line {seen[name]} already; keep one"
        seen.setdefault(name, row["line"])
