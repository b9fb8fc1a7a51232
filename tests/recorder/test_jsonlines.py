"""Records as lines in a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.jsonlines import JsonLinesSink

from .test_endings import CHECKOUT

FULL = """
import resource, signal
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.jsonlines import JsonLinesSink
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
sink = JsonLinesSink("lines")
sink.deliver([Record(action="Whole")])
try:
    sink.deliver([Record(action="TooMuch"), Record(action="TooMuch")])
except OSError:
    print("refused")
"""


def test_each_batch_is_appended_and_a_rotated_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    sink = JsonLinesSink(str(path))
    records = [Record(action=action, error_text="two\nlines") for action in ("One", "Two", "Three")]
    sink.deliver(records[:2])
    path.rename(tmp_path / "audit.jsonl.1")
    sink.deliver(records[2:])
    old = (tmp_path / "audit.jsonl.1").read_text().splitlines()
    assert [json.loads(line)["action"] for line in old] == ["One", "Two"]
    assert Record.from_json(path.read_text()) == records[2]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_standard_output_is_a_place_too(capfd: pytest.CaptureFixture[str]) -> None:
    record = Record(action="UserLoggedIn")
    JsonLinesSink("-").deliver([record])
    assert Record.from_json(capfd.readouterr().out) == record


def test_on_a_full_disk_no_half_line_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        cwd=tmp_path,
        env={"PYTHONPATH": str(CHECKOUT / "recorder")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "refused\n"
    assert [json.loads(line)["action"] for line in (tmp_path / "lines").read_text().splitlines()] == ["Whole"]
