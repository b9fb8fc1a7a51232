"""Flagged rows that management accepts for a time: waivers.toml, and the relation that keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditctl.catalogue.document import Table, parse_document
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems
from auditctl.errors import InputFileError
from auditctl.population.model import InputFile, Population
from auditctl.population.textfile import read_text_file
from auditctl.settings.positions import key_lines
from auditctl.settings.values import WrongValueError, day
from auditctl.text import show

WAIVERS = pa.schema(
    [
        ("line", pa.int64()),
        ("query", pa.string()),
        ("key", pa.string()),
        ("reason", pa.string()),
        ("owner", pa.string()),
        ("expires", pa.date32()),
        ("flag_reason", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Waiver:
    """One accepted row."""

    line: int
    """Where it stands in its file, from 1."""
    query: str
    key: str
    """What names the row: its source_ref, or the query's key where it has none."""
    reason: str
    owner: str
    expires: date
    """The last day on which it holds, in the report's zone."""
    flag_reason: str = ""
    """Why the row is flagged; a row that is flagged for another reason is not accepted. Empty: for whatever reason."""

    def holds(self, on: date) -> bool:
        """Return whether it has not ended on a day."""
        return on <= self.expires

    def fits(self, flag_reason: str | None) -> bool:
        """Return whether a row that it names is flagged for the reason that was accepted."""
        return self.flag_reason in ("", flag_reason)


def read_waivers(path: Path) -> tuple[pa.Table, InputFile]:
    """Read tables `[[waiver]]` of query, key, reason, owner and expires, all five, and flag_reason if it is there.

    Raises:
        InputFileError: everything that is wrong, as `path:line: what; what to do`.
    """
    text = read_text_file(path)
    wrong: list[str] = []
    as_of = text.as_of(wrong)
    problems = Problems()
    try:
        document = parse_document(path, text.body, problems, text.first - 1)
    except (ValueError, RecursionError):  # what tomllib lets through, such as a number of 5000 digits
        raise InputFileError([f"{show(path)}: not TOML that can be read; mend it"]) from None
    waivers: list[Waiver] = []
    if document is not None:
        root, lines = Table(document, problems), key_lines(text.body)
        waivers += (_waiver(entry, text.first - 1 + lines[entry.keys]) for entry in root.array("waiver"))
        root.finish()
        _refuse_repeated(waivers, path, problems)
    if wrong or problems.lines():
        raise InputFileError([*wrong, *problems.lines()])
    table = pa.Table.from_pylist([asdict(waiver) for waiver in waivers], schema=WAIVERS)
    return table, InputFile("waivers", path.name, text.sha256, len(waivers), "", as_of, text.origin)


def check_waivers(table: pa.Table, path: Path, queries: Iterable[str]) -> None:
    """Refuse waivers of queries that do not exist: they would never be missed.

    Raises:
        InputFileError: each of them, with the nearest query that there is.
    """
    known = set(queries)
    problems = [
        f"{show(path)}:{row['line']}: {unknown('query', show(row['query']), known)}"
        for row in table.to_pylist()
        if row["query"] not in known
    ]
    if problems:
        raise InputFileError(problems)


def waivers_of(population: Population) -> tuple[Waiver, ...]:
    """Return the waivers that were given when a population was made."""
    if "waivers" not in population.relations:  # saved before there were any
        return ()
    return tuple(Waiver(**row) for row in pq.read_table(population.path("waivers")).to_pylist())


def _waiver(entry: Table, line: int) -> Waiver:
    texts = {name: entry.text(name) for name in ("query", "key", "reason", "owner")}
    expires = date.min
    value = entry.value("expires")
    if value is None:
        entry.problem("'expires' is missing; add it")
    else:
        try:
            expires = day(value)
        except WrongValueError as error:
            entry.problem(f"'expires' {error.problems[0][1]}", "expires")
    flag_reason = entry.text("flag_reason", "")
    entry.finish()
    return Waiver(line, **texts, expires=expires, flag_reason=flag_reason)


def _refuse_repeated(waivers: Iterable[Waiver], path: Path, problems: Problems) -> None:
    first: dict[tuple[str, str], int] = {}
    for waiver in waivers:
        line = first.setdefault((waiver.query, waiver.key), waiver.line)
        if line != waiver.line and waiver.key:
            problems.add(path, waiver.line, f"{waiver.query} '{waiver.key}' stands in line {line} already; keep one")
