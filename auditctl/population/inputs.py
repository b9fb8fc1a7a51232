"""Files that the user gives: leavers, approved administrators, sign-ins seen elsewhere."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa

from auditctl.errors import InputFileError, UsageError
from auditctl.period import Period, parse_range
from auditctl.population.model import InputFile
from auditctl.text import show

LEAVERS = pa.schema([("line", pa.int64()), ("username", pa.string()), ("email", pa.string()), ("left_on", pa.date32())])
APPROVED_ADMINS = pa.schema(
    [
        ("line", pa.int64()),
        ("username", pa.string()),
        ("email", pa.string()),
        ("approved_by", pa.string()),
        ("approved_on", pa.date32()),
    ]
)
SIGN_INS = pa.schema(
    [
        ("line", pa.int64()),
        ("occurred_at", pa.timestamp("us")),
        ("username", pa.string()),
        ("event_outcome", pa.string()),
        ("ip", pa.string()),
        ("system", pa.string()),
    ]
)
_OUTCOMES = ("succeeded", "failed", "refused")
_COVERS = "# covers:"
csv.field_size_limit(2**20)


@dataclass(frozen=True, slots=True)
class SignInFile:
    """Sign-ins seen by another system, and the span that the user declares the file to cover."""

    rows: pa.Table
    covers: Period | None
    """Management's assertion; None when nothing was declared."""


def read_leavers(path: Path) -> tuple[pa.Table, InputFile]:
    """Read `username,email,left_on` (CSV, UTF-8, a header line).

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    return _read_people(path, "leavers", LEAVERS, {"left_on": _day})


def read_approved_admins(path: Path) -> tuple[pa.Table, InputFile]:
    """Read `username,email,approved_by,approved_on` (CSV, UTF-8, a header line).

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    return _read_people(path, "approved_admins", APPROVED_ADMINS, {"approved_by": _word, "approved_on": _day})


def read_sign_ins(path: Path, covers: str | None, zone: str) -> tuple[SignInFile, InputFile]:
    """Read `time,username,event_outcome,ip,system` as CSV with a header line, or as JSON lines.

    Args:
        path: The file; `time` is ISO 8601 with an offset or Z.
        covers: `SINCE..UNTIL` as given on the command line; else a first line `# covers: SINCE..UNTIL`.
        zone: Zone of dates without an offset in `covers`.

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    text, digest = _read_text(path)
    problems: list[str] = []
    head, _, rest = text.partition("\n")
    declared = head[len(_COVERS) :].strip() if head.lower().startswith(_COVERS) else None
    first, body = (1, text) if declared is None else (2, rest)
    records = _json_lines(body, first, problems, path) if body.lstrip().startswith("{") else None
    required = ("time", "username", "event_outcome")
    if records is None:
        records = _csv_records(body, first, required, (*required, "ip", "system"), problems, path)
    rows = []
    for line, record in records:
        try:
            rows.append(_sign_in(line, record))
        except ValueError as error:
            problems.append(f"{show(path)}:{line}: {error}")
    period = None
    try:
        span = covers or declared
        period = parse_range(span, zone=zone) if span else None
    except UsageError as error:
        problems.append(f"{show(path)}{'' if covers else ':1'}: covers: {error.diagnostics()[0]}")
    if problems:
        raise InputFileError(problems)
    note = (
        f"covers {period.since:%Y-%m-%dT%H:%MZ} to {period.until:%Y-%m-%dT%H:%MZ}" if period else "covers: undeclared"
    )
    file = InputFile("sign_in_log", path.name, digest, len(rows), f"{note}; management's assertion")
    return SignInFile(_table(rows, SIGN_INS), period), file


def _read_people(
    path: Path, name: str, schema: pa.Schema, extra: Mapping[str, Callable[[str], object]]
) -> tuple[pa.Table, InputFile]:
    text, digest = _read_text(path)
    problems: list[str] = []
    columns = ("username", "email", *extra)
    rows = []
    for line, record in _csv_records(text, 1, columns, columns, problems, path):
        username, email = record["username"].strip() or None, record["email"].strip() or None
        row: dict[str, object] = {"line": line, "username": username, "email": email}
        if username is None and email is None:
            problems.append(f"{show(path)}:{line}: neither username nor email; give one of them")
        for column, convert in extra.items():
            try:
                row[column] = convert(record[column])
            except ValueError as error:
                problems.append(f"{show(path)}:{line}: {column}: {error}")
        rows.append(row)
    problems += _repeated(path, rows)
    if problems:
        raise InputFileError(problems)
    return _table(rows, schema), InputFile(name, path.name, digest, len(rows))


def _repeated(path: Path, rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    seen: dict[str, object] = {}
    for row in rows:
        name = str(row["username"] or row["email"]).casefold()
        if name in seen:
            yield f"{show(path)}:{row['line']}: {show(name)} stands in line {seen[name]} already; keep one"
        seen.setdefault(name, row["line"])


def _csv_records(
    text: str, first: int, required: Sequence[str], known: Sequence[str], problems: list[str], path: Path
) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True, restkey="")
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


def _wrong_header(header: Sequence[str], required: Sequence[str], known: Sequence[str]) -> str:
    if missing := [name for name in required if name not in header]:
        return f"lacks {', '.join(missing)}"
    if unknown := [name for name in header if name not in known]:
        return f"has unknown {', '.join(map(show, unknown))}"
    twice = [name for name in known if header.count(name) > 1]
    return f"has {', '.join(twice)} twice" if twice else ""


def _json_lines(text: str, first: int, problems: list[str], path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    # Not splitlines(): JSON may hold U+2028 and its like as they are.
    for line, content in enumerate(text.split("\n"), start=first):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
            json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            problems.append(f"{show(path)}:{line}: not a JSON object; give one object per line")
            continue
        yield line, {str(key): "" if value is None else str(value) for key, value in record.items()}


def _sign_in(line: int, record: Mapping[str, str]) -> dict[str, object]:
    outcome = record.get("event_outcome", "").strip().lower()
    if outcome not in _OUTCOMES:
        raise ValueError(f"event_outcome is '{show(outcome)}'; give one of {', '.join(_OUTCOMES)}")
    username = record.get("username", "").strip()
    if not username:
        raise ValueError("username is empty; give the name as it was typed")
    return {
        "line": line,
        "occurred_at": _instant(record.get("time", "")),
        "username": username,
        "event_outcome": outcome,
        "ip": record.get("ip", "").strip() or None,
        "system": record.get("system", "").strip() or None,
    }


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"time is '{show(text)}'; write it as 2026-07-01T09:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"time '{show(text)}' has no offset; write it as 2026-07-01T09:30:00Z or with +02:00")
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"time is '{show(text)}': no such time in UTC; mend the year") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"'{show(text)}' is not a date; write it as 2026-07-31") from None


def _word(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty; say who approved")
    return text.strip()


def _read_text(path: Path) -> tuple[str, str]:
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


def _table(rows: Sequence[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)
