r"""A hash chain per writer: each row carries the hash of the one before it.

`row_hash` is the SHA-256, in hexadecimal, of a JSON object of the columns `HASHED`: names sorted, no spaces, anything
beyond ASCII as `\uXXXX`, times as `YYYY-MM-DDTHH:MM:SS.ffffff`, `has_error` as true, false or null. The first row of a
writer has the number 1 and a `prev_hash` of 64 zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from superset_audit_recorder.table import HASHED

GENESIS: Final = "0" * 64


@dataclass(frozen=True)
class Head:
    """The last row of a writer.

    Attributes:
        seq: Its number; 0 where there is none yet.
        row_hash: Its hash.
    """

    writer_id: str
    seq: int = 0
    row_hash: str = GENESIS


def hash_row(row: Mapping[str, Any]) -> str:
    """Return the hash of a row that has all columns of `HASHED`."""
    values = {name: row[name] for name in HASHED}
    moments = {name: value.isoformat(timespec="microseconds") for name, value in values.items() if _is_time(value)}
    text = json.dumps(values | moments, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def link(rows: Sequence[Mapping[str, Any]], head: Head) -> tuple[list[dict[str, Any]], Head]:
    """Return rows with the columns of the chain, each after the other and the first after `head`, and the new head."""
    linked = []
    for row in rows:
        chained = {**row, "writer_id": head.writer_id, "seq": head.seq + 1, "prev_hash": head.row_hash}
        chained["row_hash"] = hash_row(chained)
        head = Head(head.writer_id, head.seq + 1, chained["row_hash"])
        linked.append(chained)
    return linked, head


def _is_time(value: object) -> bool:
    return isinstance(value, datetime)
