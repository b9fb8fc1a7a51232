r"""The hash chains that a recorder writes into a log: whether every row is there, as it was written.

Each writer numbers its rows from 1; each row has the hash of the one before it, and its own. The hash is the SHA-256 of
a JSON object of the columns `HASHED`: names sorted, no spaces, beyond ASCII `\uXXXX`, times with microseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from auditctl.errors import IntegrityError, SourceError
from auditctl.source.tables import table_specs
from auditctl.text import show

if TYPE_CHECKING:
    from auditctl.source.database import DatabaseSource

GENESIS: Final = "0" * 64
HASHED: Final = (
    *("action", "attempted_username", "dashboard_id", "database_id", "database_name", "dttm", "error_text", "event_id"),
    *("event_outcome", "execution_time_ms", "has_error", "json", "object_id", "object_name", "object_type"),
    *("prev_hash", "query_context", "referrer", "request_duration", "request_id", "rows", "schema", "seq", "slice_id"),
    *("source_ip", "sql_text", "timestamp", "user_agent", "user_id", "username", "writer_id"),
)

_CONVERTED: Final = ("dttm", "timestamp", "execution_time_ms", "request_duration")
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of a writer: its number, from 1, and its hash."""

    seq: int
    row_hash: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows of one writer, from `first` to `last`, that a signed statement says were dropped."""

    first: int
    last: int
    prev_hash: str
    row_hash: str


@dataclass(frozen=True, slots=True)
class Chains:
    """What was found.

    Attributes:
        rows: Rows that were read.
        heads: Writer -> its last row.
        problems: What is missing, changed or repeated, one sentence each.
        dropped: Rows that are not there and whose dropping was signed.
    """

    rows: int
    heads: Mapping[str, Head]
    problems: tuple[str, ...]
    dropped: int


def read_chains(source: DatabaseSource) -> Iterator[Row]:
    """Yield the rows of the log with the columns that hashes are over, in the order of their ids.

    Raises:
        SourceError: the log has no hash chain.
        IntegrityError: its rows have no times of their own any more.
    """
    needed = ("id", *HASHED, "row_hash")
    lacking = [name for name in needed if name not in source.stored_columns("logs")]
    if lacking:
        raise SourceError(
            f"the log of {source.where} has no hash chain: it lacks {', '.join(lacking)}",
            hint="verify-chain reads the audit table of the recorder",
        )
    if source.log_time != "dttm":
        raise IntegrityError(f"the log of {source.where}: its dttm was changed, rows do not have one of their own")
    for batch in source.extract(table_specs()["logs"], needed, None):
        yield from batch.to_pylist()


def check_chains(
    rows: Iterable[Row],
    heads: Mapping[str, Head] | None = None,
    dropped: Mapping[str, Sequence[Dropped]] | None = None,
) -> Chains:
    """Follow every chain.

    Args:
        rows: In the order of their ids.
        heads: Writer -> a last row that was kept elsewhere.
        dropped: Writer -> rows whose dropping was signed.
    """
    heads, dropped = heads or {}, dropped or {}
    writers = {name: _Writer(name, head, _by_first(dropped.get(name, ()))) for name, head in heads.items()}
    problems: list[str] = []
    count = 0
    for row in rows:
        count += 1
        name = row["writer_id"]
        if name is None or row["seq"] is None:
            problems.append(f"logs:{row['id']} belongs to no chain")
            continue
        if name not in writers:
            writers[name] = _Writer(name, None, _by_first(dropped.get(name, ())))
        problems += writers[name].follow(row)
    for writer in writers.values():
        problems += writer.end()
    last = {name: Head(writer.seq, writer.hash) for name, writer in writers.items() if writer.seq}
    return Chains(count, last, tuple(problems), sum(writer.gone for writer in writers.values()))


def hash_row(row: Row) -> str:
    """Return the hash that a row should have."""
    values = {name: row[name] for name in HASHED}
    for name in _CONVERTED:
        values[name] = _canonical(values[name])
    return hashlib.sha256(_ENCODER.encode(values).encode("ascii")).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    # Some databases give whole numbers of a numeric column back with a fraction of nothing.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _by_first(dropped: Sequence[Dropped]) -> dict[int, Dropped]:
    return {one.first: one for one in dropped}


@dataclass(slots=True)
class _Writer:
    """One chain, as far as it has been followed."""

    name: str
    kept: Head | None
    dropped: Mapping[int, Dropped]
    seq: int = 0
    hash: str = GENESIS
    gone: int = 0
    """Rows that a signed statement accounts for."""
    row: str = ""
    """The row that `seq` is of."""
    doubtful: bool = False
    """Whether that row is missing, or was found changed: its successor then says nothing new."""

    def follow(self, row: Row) -> Iterator[str]:
        """Take the next row, and yield what is wrong with it or before it."""
        seq, ref = row["seq"], f"logs:{row['id']}"
        if seq <= self.seq:
            yield f"{ref} repeats row {seq} of writer {show(self.name)}, or was added later"
            return
        yield from self._go_to(seq - 1, f"before {ref}")
        if row["prev_hash"] != self.hash and not self.doubtful:
            own = f"of writer {show(self.name)}"
            if self.row:
                yield f"{self.row} (row {self.seq} {own}) was replaced: {ref} has another hash for it"
            else:
                yield f"{ref} (row {seq} {own}) neither begins the chain nor follows what was dropped"
        self.doubtful = row["unreadable"] is not None or hash_row(row) != row["row_hash"]
        if self.doubtful:
            yield f"{ref} (row {seq} of writer {show(self.name)}) was changed"
        self.seq, self.hash, self.row = seq, row["row_hash"], ref
        if self.kept is not None and self.kept.seq == seq and self.kept.row_hash != self.hash:
            yield f"{ref} (row {seq} of writer {show(self.name)}) is not the row whose hash was kept: it was rewritten"

    def end(self) -> Iterator[str]:
        """Yield what is missing at the end."""
        if self.kept is not None and self.seq < self.kept.seq:
            yield from self._go_to(self.kept.seq, "at the end")

    def _go_to(self, seq: int, where: str) -> Iterator[str]:
        """Go on to row `seq`, none of whose predecessors is there: over what was dropped, and what is missing."""
        while self.seq < seq:
            gap = self.dropped.get(self.seq + 1)
            if gap is None:
                following = min((first for first in self.dropped if self.seq < first <= seq), default=seq + 1)
                yield f"{_rows(self.seq + 1, following - 1)} missing {where}, of writer {show(self.name)}"
                self.seq, self.row, self.doubtful = following - 1, "", True
                continue
            if gap.prev_hash != self.hash and not self.doubtful:
                yield f"what was dropped of writer {show(self.name)} does not follow its row {self.seq}"
            self.gone += gap.last - gap.first + 1
            self.seq, self.hash, self.row, self.doubtful = gap.last, gap.row_hash, "", False


def _rows(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"
