"""The report.json of a real pack is what the schema in it says."""

from __future__ import annotations

import json
from pathlib import Path

from tests.report_schema import schema, violations

from .command import CommandLine, Pack


def test_the_report_of_the_demo_is_valid_and_its_pack_holds_the_schema(pack: Pack) -> None:
    assert violations(pack.report) == []
    assert json.loads((pack.folder / "method" / "report.schema.json").read_bytes()) == schema()


def test_the_report_of_a_real_superset_is_valid(auditctl: CommandLine, tmp_path: Path) -> None:
    made = auditctl.on_fixture("report", "hipaa", "--no-pdf", "--period", "2026-11", cwd=tmp_path)
    assert made.code == 0, made.err
    (found,) = tmp_path.glob("hipaa-*/report.json")
    assert violations(json.loads(found.read_bytes())) == []
