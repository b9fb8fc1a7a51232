"""Sign-ins that another system saw: the identity provider's, or the proxy's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from auditctl.errors import InputFileError, UsageError
from auditctl.period import Period, parse_range
from auditctl.population.model import InputFile
from auditctl.population.textfile import TextFile, csv_records, read_text_file
from auditctl.text import show

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
_REQUIRED = ("time", "username", "event_outcome")


@dataclass(frozen=True, slots=True)
class SignInFile:
    """Sign-ins seen by another system, and the span that the user declares the file to cover."""

    rows: pa.Table
    covers: Period | None
    """Management's assertion; None when nothing was declared."""


def read_sign_ins(path: Path, covers: str | None, zone: str) -> tuple[SignInFile, InputFile]:
    """Read `time,username,event_outcome,ip,system` as CSV with a header line, or as JSON lines.

    Args:
        path: The file; `time` is ISO 8601 with an offset or Z.
        covers: `SINCE..UNTIL` as given on the command line; else what a first line `# covers: SINCE..UNTIL` says.
        zone: Zone of dates without an offset in `covers`.

    Raises:
        InputFileError: every bad line, as `path:line: what; what to do`.
    """
    text = read_text_file(path)
    problems: list[str] = []
    as_of = text.as_of(problems)
    line, declared = text.declared.get("covers", (0, ""))
    records = _json_lines(text, problems) if text.body.lstrip().startswith("{") else None
    if records is None:
        records = csv_records(text, _REQUIRED, (*_REQUIRED, "ip", "system"), problems)
    rows = []
    for number, record in records:
        try:
            rows.append(_sign_in(number, record))
        except ValueError as error:
            problems.append(f"{show(path)}:{number}: {error}")
    period = None
    try:
        span = covers or declared
        period = parse_range(span, zone=zone) if span else None
    except UsageError as error:
        problems.append(f"{show(path)}{'' if covers else f':{line}'}: covers: {error.diagnostics()[0]}")
    if problems:
        raise InputFileError(problems)
    note = (
        f"covers {period.since:%Y-%m-%dT%H:%MZ} to {period.until:%Y-%m-%dT%H:%MZ}" if period else "covers: undeclared"
    )
    note += "; management's assertion"
    file = InputFile("sign_in_log", path.name, text.sha256, len(rows), note, as_of, text.origin)
    return SignInFile(pa.Table.from_pylist(rows, schema=SIGN_INS), period), file


def _json_lines(file: TextFile, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    # Not splitlines(): JSON may hold U+2028 and its like as they are.
    for line, content in enumerate(file.body.split("\n"), start=file.first):
        if not content.strip():
            continue
        try:
            record = json.loads(content)
            json.dumps(record, ensure_ascii=False).encode()  # half a surrogate pair is no text
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            problems.append(f"{show(file.path)}:{line}: not a JSON object; give one object per line")
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
