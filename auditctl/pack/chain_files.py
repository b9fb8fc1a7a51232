"""What is kept of hash chains outside their database: last rows, and signed statements of what was dropped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from auditctl.errors import IntegrityError, UsageError
from auditctl.pack.note import PublicKey, SigningKey, check_note
from auditctl.period import Period
from auditctl.source.chain import Dropped, Head, Row
from auditctl.text import show

_LARGEST: Final = 1 << 26


def encode_heads(source_id: str, taken_at: datetime, heads: Mapping[str, Head]) -> bytes:
    """Return the file of last rows: JSON, the same for the same heads."""
    found = {name: {"seq": head.seq, "row_hash": head.row_hash} for name, head in sorted(heads.items())}
    document = {"source_id": source_id, "taken_at": taken_at.isoformat(), "heads": found}
    return f"{json.dumps(document, indent=1)}\n".encode()


def read_heads(path: Path, source_id: str) -> tuple[str, dict[str, Head]]:
    """Return when the last rows of a file were taken, and them.

    Raises:
        UsageError: it cannot be read, is no such file, or is of another source.
    """
    document = _parsed(_read(path), path)
    try:
        heads = {str(name): Head(int(one["seq"]), str(one["row_hash"])) for name, one in document["heads"].items()}
        of, taken_at = str(document["source_id"]), str(document["taken_at"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{show(path)} is no file of heads", hint="--write-heads makes one") from None
    if of != source_id:
        raise UsageError(f"{show(path)} is of another source ({show(of)})", hint="Give the heads of this one")
    return taken_at, heads


@dataclass(slots=True)
class Retiring:
    """Notes, of the rows that pass, which lie in a month: the runs of each writer."""

    month: Period
    rows: int = 0
    runs: dict[str, list[Dropped]] = field(default_factory=dict)

    def passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows."""
        since, until = self.month.since.replace(tzinfo=None), self.month.until.replace(tzinfo=None)
        for row in rows:
            if row["dttm"] is not None and since <= row["dttm"] < until and row["writer_id"] is not None:
                self._add(row)
            yield row

    def statement(self, source_id: str, key: SigningKey) -> bytes:
        """Return a signed note that says which rows may be gone from now on."""
        document = {
            "source_id": source_id,
            "month": self.month.label,
            "rows": self.rows,
            "writers": {name: [astuple(run) for run in runs] for name, runs in sorted(self.runs.items())},
        }
        return key.sign(f"{json.dumps(document, indent=1)}\n")

    def _add(self, row: Row) -> None:
        self.rows += 1
        runs = self.runs.setdefault(row["writer_id"], [])
        seq, row_hash = row["seq"], row["row_hash"]
        if runs and runs[-1].last == seq - 1:
            runs[-1] = Dropped(runs[-1].first, seq, runs[-1].prev_hash, row_hash)
        else:
            runs.append(Dropped(seq, seq, row["prev_hash"], row_hash))


def read_statement(path: Path, source_id: str, keys: Sequence[PublicKey]) -> dict[str, list[Dropped]]:
    """Return writer -> the rows that a signed statement says were dropped.

    Raises:
        UsageError: it cannot be read, is no such statement, or is of another source.
        IntegrityError: none of the keys signed it.
    """
    data = _read(path)
    text = data.decode("utf-8", "replace").rpartition("\n\n")[0] + "\n"
    for key in keys:
        try:
            check_note(data, text, key)
            break
        except IntegrityError:
            continue
    else:
        raise IntegrityError(f"{show(path)} is not signed by a key that you gave")
    document = _parsed(text.encode(), path)
    try:
        found = {name: [Dropped(*run) for run in runs] for name, runs in document["writers"].items()}
        of = document["source_id"]
    except (KeyError, TypeError, AttributeError):
        raise UsageError(f"{show(path)} is no statement of dropped rows") from None
    if of != source_id:
        raise UsageError(f"{show(path)} is of another source ({show(of)})", hint="Give the statements of this one")
    return found


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST)
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise UsageError(f"{show(path)} cannot be read: {reason}", hint="Check the path") from None


def _parsed(data: bytes, path: Path) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        raise UsageError(f"{show(path)} is not JSON") from None
