"""A text file that the user gave: what its first lines declare, its records, and its hash."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditctl.errors import InputFileError
from auditctl.text import show

csv.field_size_limit(2**20)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file whose first lines may declare something, as `# as of: 2026-10-01`."""

    path: Path
    sha256: str
    declared: Mapping[str, tuple[int, str]]
    """What is declared, in lower case -> the line that does, and what it says."""
    body: str
    """Everything behind the lines that begin with `#`."""
    first: int
    """The number of the body's first line."""

    def as_of(self, problems: list[str]) -> date | None:
        """Return the day whose state the file has, as declared."""
        line, text = self.declared.get("as of", (0, ""))
        if not line:
            return None
        try:
            return parse_day(text)
        except ValueError as error:
            problems.append(f"{show(self.path)}:{line}: as of: {error}")
            return None

    @property
    def origin(self) -> str:
        """Where the file is from, as declared; empty where it is not."""
        return self.declared.get("from", (0, ""))[1]


def read_text_file(path: Path) -> TextFile:
    """Read a file as UTF-8.

    Raises:
        InputFileError: it cannot be read, is not UTF-8, or declares something twice.
    """
    text, digest = read_text(path)
    declared: dict[str, tuple[int, str]] = {}
    problems = []
    first, at = 1, 0
    while text.startswith("#", at):
        end = text.find("\n", at) + 1 or len(text)
        name, colon, value = text[at + 1 : end].partition(":")
        key = " ".join(name.casefold().split())
        if colon and key in declared:
            problems.append(f"{show(path)}:{first}: line {declared[key][0]} says '{show(key, 40)}' already; keep one")
        elif colon:
            declared[key] = first, value.strip()
        first, at = first + 1, end
    if problems:
        raise InputFileError(problems)
    return TextFile(path, digest, declared, text[at:], first)


def read_text(path: Path) -> tuple[str, str]:
    """Return the UTF-8 text of a file, and the SHA-256 of its bytes.

    Raises:
        InputFileError: it cannot be read, or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputFileError(
            [f"{show(path)}: cannot be read: {(error.strerror or 'error').lower()}; check the path"]
        ) from None
    try:
        return raw.decode("utf-8-sig"), hashlib.sha256(raw).hexdigest()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputFileError([f"{show(path)}:{line}: not UTF-8; save it as UTF-8"]) from None


def csv_records(
    file: TextFile, required: Sequence[str], known: Sequence[str], problems: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each record of a CSV with a header line, after the number of its last line; empty ones are passed over.

    Args:
        file: The file.
        required: Columns that the header must have.
        known: All columns that it may have.
        problems: Gets what is wrong, as `path:line: what; what to do`.
    """
    path, first = file.path, file.first
    reader = csv.DictReader(io.StringIO(file.body, newline=""), strict=True, restkey="")
    try:
        header = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        if wrong := _wrong_header(header, required, known):
            problems.append(f"{show(path)}:{first}: the header {wrong}; it is {','.join(known)}")
            return
        for record in reader:
            line = first + reader.line_num - 1
            if None in record.values() or "" in record:
                problems.append(f"{show(path)}:{line}: {len(header)} columns expected; quote values that hold a comma")
                continue
            if any(value.strip() for value in record.values()):
                yield line, record
    except csv.Error as error:
        problems.append(f"{show(path)}:{first + reader.line_num}: not CSV: {error}; mend the quotes")


def parse_day(text: str) -> date:
    """Return the day that a value says.

    Raises:
        ValueError: it is not one; says how to write it.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{show(text)}' is not a date; write it as 2026-07-31") from None


def _wrong_header(header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> str:
    if missing := [name for name in required if name not in header]:
        return f"lacks {', '.join(missing)}"
    if unknown := [name for name in header if name not in known]:
        return f"has unknown {', '.join(map(show, unknown))}"
    twice = [name for name in known if header.count(name) > 1]
    return f"has {', '.join(twice)} twice" if twice else ""
