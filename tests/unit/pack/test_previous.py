"""The exceptions of a pack, read back from its own files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from auditctl.catalogue.model import Column, ColumnType, Kind
from auditctl.pack.manifest import seal
from auditctl.pack.previous import read_previous
from auditctl.pack.publish import PackWriter
from auditctl.render.contents import PackContents
from auditctl.render.register import register_of
from auditctl.render.report_json import report_dict
from auditctl.run.csvfile import write_csv
from tests.golden.hard import READ_AT, hard_contents, query, write_rows

COLUMNS = (
    Column("at", "At", ColumnType.DATETIME),
    Column("day", "Day", ColumnType.DATE),
    Column("number", "Number", ColumnType.INTEGER),
    Column("share", "Share", ColumnType.DECIMAL),
    Column("active", "Active", ColumnType.BOOLEAN),
    Column("username", "Account", ColumnType.TEXT),
    Column("flag_reason", "Flagged because", ColumnType.TEXT),
)
HEADER = """-- /// audit
-- title = "Leavers with access"
-- key = ["at", "day", "number", "share", "active", "username"]
-- [columns]
{}
-- ///
SELECT 1
"""
WHOLE, HALF = datetime(2026, 7, 1, 9, 30), datetime(2026, 7, 1, 9, 30, 5, 120000)  # noqa: DTZ001 (naive UTC)
ROWS = (
    (WHOLE, date(2026, 7, 1), 3, 0.5, True, "=ada", "two\nlines"),
    (HALF, None, -1, 2.0, False, '\'bob, "b"', "'quoted"),
    (None, None, None, None, None, "", "-"),
    (WHOLE, None, 7, None, None, "not flagged", None),
)


def contents_with_exceptions(folder: Path) -> PackContents:
    """Return a report with three exceptions whose rows have no source_ref, in all types that a key can have."""
    contents = hard_contents(folder)
    rows = write_rows(folder / "typed.parquet", COLUMNS, ROWS)
    keyed = replace(query("leavers_active", Kind.DEVIATION, COLUMNS), key=tuple(column.name for column in COLUMNS[:-1]))
    evidence = replace(
        contents.evidence["leavers_active"], query=keyed, columns=COLUMNS, path=rows.path, rows=4, flagged=3
    )
    results = tuple(
        replace(
            result,
            outcomes=tuple(
                replace(outcome, evidence=evidence) if outcome.test.query == "leavers_active" else outcome
                for outcome in result.outcomes
            ),
        )
        for result in contents.results
    )
    return replace(contents, evidence={**contents.evidence, "leavers_active": evidence}, results=results)


def test_exceptions_of_a_pack_are_named_as_its_register_names_them(tmp_path: Path) -> None:
    contents = contents_with_exceptions(tmp_path)
    with PackWriter(tmp_path, "pack") as writer:
        writer.add("report.json", json.dumps(report_dict(contents)).encode())
        header = HEADER.format("\n".join(f'-- {column.name} = {{ type = "{column.type}" }}' for column in COLUMNS))
        writer.add("evidence/leavers_active/query.sql", header.encode())
        evidence = contents.evidence["leavers_active"]
        with writer.open("evidence/leavers_active/rows.csv", rows=4) as file:
            write_csv(replace(evidence.all_rows(), csv=None), file)
        with writer.open("evidence/leavers_active/exceptions.csv", rows=3) as file:
            write_csv(replace(evidence.flagged_rows(), csv=None), file)
        sha256 = writer.files["evidence/leavers_active/rows.csv"].sha256
        counts = {"leavers_active": {"rows": 4, "flagged": 3, "sha256": sha256}}
        seal(writer, {"name": "pack", "pack_id": "1", "status": "FINAL", "evidence": counts})
        pack = writer.publish()
    found = read_previous(pack, "soc2", contents.period, READ_AT).facts.exceptions
    registered = list(register_of(contents, Kind.DEVIATION))
    assert [(one.key, one.reason) for one in found] == [(item.key, item.reason) for item in registered]
    assert found[0].key == "2026-07-01 09:30:00 2026-07-01 3 0.5 True =ada"
    assert {one.title for one in found} == {"Leavers with access"}
