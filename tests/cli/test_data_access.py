"""Who touched the patient table, on a real Superset: every row worked out by hand from what was done there."""

from __future__ import annotations

import csv
from pathlib import Path

from .command import CommandLine

DAY = ("--period", "2026-11-24")
DONE = [
    ("alice", "dashboard opened", "logs:19"),
    ("alice", "data of a chart", "logs:22-27"),
    ("alice", "dashboard opened", "logs:58"),
    ("alice", "chart opened for exploring", "logs:61"),
    ("alice", "data of a chart", "logs:63-68"),
    ("alice", "sample rows of a dataset", "logs:75-80"),
    ("alice", "data of a chart", "logs:81-86"),
    ("alice", "values of a column", "logs:87"),
    ("alice", "SQL Lab statement: SELECT", "query:1"),
    ("alice", "SQL Lab statement: OTHER", "query:3"),  # SELEC 1: not parsed
    ("alice", "SQL Lab statement: SELECT", "query:7"),
    ("alice", "export: SQL Lab CSV", "logs:104-106"),
    ("alice", "export: SQL Lab CSV stream", "logs:107"),
    ("alice", "export: chart CSV", "logs:108-112"),
    ("alice", "export: chart CSV or XLSX (form)", "logs:113-117"),  # as the user interface sends it: names no chart
    ("alice", "export: chart CSV", "logs:118-123"),
    ("alice", "export: chart CSV (browser)", "logs:124"),
    ("alice", "export: dashboard PDF (browser)", "logs:125"),
    ("admin", "export: all assets zip", "logs:130"),
    ("carol", "chart opened for exploring", "logs:176"),  # refused, as the status of the request says; the row does not
    ("carol", "data of a chart", "logs:177"),
    ("carol", "dashboard opened", "logs:190"),
    ("unattributed", "dashboard opened", "logs:194"),  # gina, who was deleted
    ("unattributed", "export: chart CSV", "logs:195-199"),
]


def test_everybody_who_reached_the_patients_is_listed_by_every_way(auditctl: CommandLine, tmp_path: Path) -> None:
    asked = ("data-access", "--table", "PRODUCTION.main.patients", *DAY, "--format", "csv")
    result = auditctl.on_fixture(*asked, cwd=tmp_path)
    rows = list(csv.DictReader(result.out.splitlines()))
    assert [(row["username"], row["path"], row["source_ref"]) for row in rows] == DONE
    told = {row["source_ref"] for row in rows if row["via"].endswith("cannot be told")}
    assert told == {"query:3", "logs:113-117", "logs:130"}


def test_a_report_that_sends_a_table_is_there_whatever_the_window(auditctl: CommandLine, tmp_path: Path) -> None:
    asked = ("data-access", "--table", "main.inventory", "--since", "1h", "--format", "csv")
    result = auditctl.on_fixture(*asked, cwd=tmp_path)
    rows = [(row["username"], row["path"], row["object"]) for row in csv.DictReader(result.out.splitlines())]
    assert rows == [
        ("admin", "report, not active, as of the read point", "dashboard 2, by Weekly orders"),
        ("admin", "alert, as of the read point", "chart 3, by Low stock"),
    ]


def test_an_unknown_table_names_the_nearest_and_publishes_nothing(auditctl: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    asked = ("data-access", "--table", "main.patient", *DAY, "--format", "csv", "--output", str(out))
    result = auditctl.on_fixture(*asked, cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "auditctl: table 'main.patient': no dataset is built on it, and no statement that was read names it."
        " Did you mean production.main.patients, production.main.inventory?\n"
    )
    assert not out.exists()


def test_a_table_unlike_any_other_names_those_that_are_known(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("data-access", "--table", "zzzz", *DAY, cwd=tmp_path)
    assert result.code == 2
    assert result.err.endswith(
        " Known: production.main.inventory, production.main.no_such_table, production.main.orders,"
        " production.main.patients\n"
    )


def test_what_is_no_name_of_a_table_or_none_is_refused(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("data-access", "--table", "a.b.c.d", *DAY, cwd=tmp_path)
    assert (result.code, result.err) == (2, "auditctl: --table must be table, schema.table or database.schema.table\n")
    result = auditctl.on_fixture("data-access", *DAY, cwd=tmp_path)
    assert (result.code, result.err.partition(".")[0]) == (2, "auditctl: data-access needs --table")


def test_who_could_reach_the_patients(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("who-can", "--table", "production.main.patients", "--format", "csv", cwd=tmp_path)
    assert result.code == 0
    columns = ("username", "active", "may", "role", "sql_lab")
    assert [tuple(row[name] for name in columns) for row in csv.DictReader(result.out.splitlines())] == [
        ("admin", "true", "do everything", "Admin", "true"),
        ("admin", "true", "read and change dataset main.patients", "", "true"),
        ("alice", "true", "read every dataset", "Alpha", "true"),
        ("alice", "true", "read everything in every database", "Alpha", "true"),
        ("bob", "true", "read every dataset", "Alpha", "true"),
        ("bob", "true", "read everything in every database", "Alpha", "true"),
        ("carol", "true", "read dataset production.patients", "Gamma", "false"),
        ("dave", "false", "read dataset production.patients", "Gamma", "false"),
        ("erin", "true", "do everything", "Admin", "true"),
    ]
