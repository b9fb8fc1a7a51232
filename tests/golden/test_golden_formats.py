"""Every format of the hard result set, compared byte for byte with a file that a person has read.

`UPDATE_GOLDEN=1 pytest tests/golden` writes the files anew; read the difference before you commit it.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from auditctl.render.answer import Answer
from auditctl.render.html import render_html
from auditctl.render.jsonl import write_jsonl
from auditctl.render.report_json import report_dict
from auditctl.render.table import open_console, write_table
from auditctl.run.csvfile import write_csv

from .hard import hard_contents, hard_rows

EXPECTED = Path(__file__).parent / "expected"


def assert_golden(name: str, written: bytes) -> None:
    path = EXPECTED / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(written)
    assert written == path.read_bytes(), f"{name} has changed; see the docstring of this module"


@pytest.mark.parametrize("width", [80, 200])
def test_the_table_is_the_golden_one(tmp_path: Path, width: int) -> None:
    answer = Answer(
        "Items for review: 5 of 8 rows flagged, of 4,310 sign-ins",
        ("Window: 2026-07-01 00:00:00 to 2026-10-01 00:00:00 UTC.",),
        hard_rows(tmp_path),
        count=8,
        flagged=5,
        hints=("One row with all that is known of it: auditctl show logs:138",),
    )
    stream = io.StringIO()
    write_table(answer, open_console(stream, width))
    assert_golden(f"table-{width}.txt", stream.getvalue().encode())


def test_the_json_lines_are_the_golden_ones(tmp_path: Path) -> None:
    stream = io.BytesIO()
    write_jsonl(hard_rows(tmp_path), stream)
    assert_golden("rows.jsonl", stream.getvalue())


def test_the_csv_is_the_golden_one(tmp_path: Path) -> None:
    stream = io.BytesIO()
    write_csv(hard_rows(tmp_path), stream)
    assert_golden("rows.csv", stream.getvalue())


def test_the_report_for_machines_is_the_golden_one(tmp_path: Path) -> None:
    written = json.dumps(report_dict(hard_contents(tmp_path)), ensure_ascii=False, allow_nan=False, indent=1)
    assert_golden("report.json", written.encode() + b"\n")


def test_the_page_is_the_golden_one(tmp_path: Path) -> None:
    assert_golden("report.html", render_html(hard_contents(tmp_path), for_print=False).encode())
