"""How rows are written: tables folded to the terminal, CSV, JSON lines, files; and the ways to say when."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from pathlib import Path

import pytest

from tests.redaction import marker, secret_in

from .command import CommandLine

CHANGES = ("content-changes", "--since", "24h")
CHANGED = 43
"""Attempts to change content in the fixture, counted in what its client did."""


@pytest.mark.parametrize("columns", [80, 200])
def test_no_line_of_a_table_is_wider_than_the_terminal(columns: int, auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture(*CHANGES, cwd=tmp_path, COLUMNS=str(columns))
    lines = result.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert sum(bool(re.match(r"\W*logs:\d", line)) for line in lines) == CHANGED
    assert "\x1b" not in result.out


def test_csv_is_a_header_and_a_line_per_row(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture(*CHANGES, "--format", "csv", cwd=tmp_path)
    rows = list(csv.DictReader(io.StringIO(result.out, newline="")))
    assert len(rows) == CHANGED
    assert (rows[0]["occurred_at"], rows[0]["username"]) == ("2026-11-24T01:52:10.104305Z", "admin")
    assert (rows[-1]["source_ref"], rows[-1]["username"]) == ("logs:206", "bob")
    assert "43 rows listed" in result.err


def test_json_lines_hold_the_same_rows_with_their_types(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("sql-statements", "--since", "24h", "--format", "jsonl", cwd=tmp_path)
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [row["source_ref"] for row in rows] == [f"query:{number}" for number in range(1, 9)]
    first = rows[0]
    assert (first["rows_returned"], first["flagged"], first["error"]) == (8, False, None)
    diagnosis = marker("text", "E11", secret_in(tmp_path))
    assert first["sql_text"] == f"SELECT id, full_name, ssn FROM patients WHERE diagnosis = {diagnosis}"


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
def test_a_new_file_is_private_and_holds_the_rows(form: str, auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("access-listing", "--format", form, "--output", "rows", cwd=tmp_path)
    assert (result.code, result.out) == (0, "")
    assert result.complaints[0].startswith("Listed: Access listing, as of 2026-11-24 12:00 UTC")
    file = tmp_path / "rows"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "alice" in file.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_exists_is_never_written(auditctl: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_bytes(b"mine")
    result = auditctl.on_fixture("access-listing", "--output", "rows", cwd=tmp_path)
    assert (result.code, result.out, file.read_bytes()) == (6, "", b"mine")


@pytest.mark.parametrize(
    ("options", "window", "refs"),
    [
        # Rows 1 and 2 began at 01:56:17 and :18, row 3 at 01:56:18.49, row 8 at 01:56:35.
        (
            ("--since", "2026-11-24T01:56:18Z", "--until", "2026-11-24T01:56:19Z"),
            "01:56:18 to 2026-11-24 01:56:19",
            [2, 3],
        ),
        (("--since", "2026-11-24T02:56:18+01:00", "--until", "2026-11-24T01:56:19Z"), "01:56:18 to", [2, 3]),
        (("--since", "2026-11-24", "--until", "2026-11-24T01:56:18"), "2026-11-24 00:00 to", [1]),
        (("--since", "1d", "--until", "10h"), "2026-11-23 12:00 to 2026-11-24 02:00", [1, 2, 3, 4, 5, 6, 7, 8]),
        (("--period", "2026-11"), "2026-11-01 00:00 to 2026-12-01 00:00", [1, 2, 3, 4, 5, 6, 7, 8]),
        ((), "2026-11-17 12:00 to 2026-11-24 12:00", [1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_since_is_inclusive_until_is_exclusive(
    options: tuple[str, ...], window: str, refs: list[int], auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.on_fixture("sql-statements", *options, "--format", "jsonl", cwd=tmp_path)
    assert [json.loads(line)["source_ref"] for line in result.out.splitlines()] == [
        f"query:{number}" for number in refs
    ]
    assert window in result.complaints[0]


@pytest.mark.parametrize("form", ["table", "csv"])
def test_what_a_file_of_the_users_says_obeys_no_terminal(form: str, auditctl: CommandLine, tmp_path: Path) -> None:
    text = "# as of: 2026-11-01\n# from: HR\x1b]0;owned\x07\u202e\nusername,email,left_on\nghost,,2026-07-31\n"
    (tmp_path / "leavers.csv").write_text(text, encoding="utf-8")
    done = auditctl.on_fixture("leavers-active", "--leavers", "leavers.csv", "--format", form, cwd=tmp_path)
    assert done.code in (0, 1, 4)
    assert [char for char in done.out + done.err if not (char.isprintable() or char == "\n")] == []
    assert "\\u{1b}" in done.out + done.err
