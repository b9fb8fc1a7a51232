"""JSON lines: every value of a result, without loss."""

from __future__ import annotations

import json
import re
from typing import BinaryIO

from auditctl.render.values import exact_value
from auditctl.run.evidence import Rows

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def write_jsonl(rows: Rows, stream: BinaryIO) -> None:
    """Write one JSON object a row, in UTF-8 with LF: the declared names in the declared order, then `flagged`.

    Times are UTC with microseconds and `Z`, dates ISO, NULL is null; integers keep all their digits.
    """
    names = [column.name for column in rows.columns] + ["flagged"]
    for batch in rows.batches():
        for values in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            record = {name: exact_value(value) for name, value in zip(names, values, strict=True)}
            line = json.dumps(record, ensure_ascii=False, allow_nan=False)
            stream.write(_LONE_SURROGATE.sub(_escaped, line).encode() + b"\n")


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
