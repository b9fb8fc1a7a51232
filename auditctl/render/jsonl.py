"""JSON lines: every value of a result, without loss."""

from __future__ import annotations

import json
from typing import BinaryIO

from auditctl.render.values import exact_value
from auditctl.run.evidence import Rows
from auditctl.text import is_hidden


def write_jsonl(rows: Rows, stream: BinaryIO) -> None:
    r"""Write one JSON object a row, in UTF-8 with LF: the declared names in the declared order, then `flagged`.

    Times are UTC with microseconds and `Z`, dates ISO, NULL is null; integers keep all their digits. A character that
    cannot be seen is escaped as JSON does it (`\u202e`): nothing is lost, and a terminal obeys none of it.
    """
    names = [column.name for column in rows.columns] + ["flagged"]
    for batch in rows.batches():
        for values in zip(*(batch.column(name).to_pylist() for name in names), strict=True):
            record = {name: exact_value(value) for name, value in zip(names, values, strict=True)}
            line = json.dumps(record, ensure_ascii=False, allow_nan=False)
            if is_hidden(line):
                line = "".join(json.dumps(char)[1:-1] if is_hidden(char) else char for char in line)
            stream.write(line.encode() + b"\n")
