"""Two databases on the command line: a pack of both, the rows of both, and what is no audit database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from superset_audit_recorder.heartbeat import heartbeat
from superset_audit_recorder.payload import payload_of
from superset_audit_recorder.record import Record
from superset_audit_recorder.sinks.database import DatabaseSink

from tests.recorder.stores import file_store

from .command import FIXTURE, CommandLine, Finished, pack_from

BEGIN = datetime(2026, 11, 24, 1, 50, tzinfo=UTC)


@dataclass(frozen=True)
class Both:
    """The fixture's Superset with the recorder's rows, and the recorder's own database; one row of the log is gone."""

    auditctl: CommandLine
    metadata: Path
    audit: Path
    folder: Path

    def ask(self, *arguments: str, **environment: str) -> Finished:
        url = ("--url", f"sqlite:///{self.metadata}", "--audit-url", f"sqlite:///{self.audit}")
        return self.auditctl("--now", "2026-11-25T12:00Z", *url, *arguments, cwd=self.folder, **environment)


@pytest.fixture
def both(auditctl: CommandLine, tmp_path: Path) -> Both:
    metadata, audit = tmp_path / "superset.db", tmp_path / "audit.db"
    shutil.copy(FIXTURE, metadata)
    file_store(audit)
    beats = [
        replace(
            heartbeat(["sign_in_failure", "refusal"], "w", "running", {}), occurred_at=BEGIN + timedelta(minutes=5 * n)
        )
        for n in range(4)
    ]
    failures = [
        Record("UserLoginFailed", "failed", "unknown_user", occurred_at=BEGIN + timedelta(minutes=n), username=name)
        for n, name in enumerate(["mallory", "trudy"], start=1)
    ]
    DatabaseSink(f"sqlite:///{audit}").deliver([*beats, *failures])
    with closing(sqlite3.connect(metadata)) as connection, connection:
        for record in [*beats, failures[1]]:
            at = f"{record.occurred_at:%Y-%m-%d %H:%M:%S.%f}"
            payload = json.dumps(payload_of(record), sort_keys=True)
            connection.execute("INSERT INTO logs (action, json, dttm) VALUES (?, ?, ?)", (record.action, payload, at))
    return Both(auditctl, metadata, audit, tmp_path)


def test_a_pack_of_two_sources_names_both_verifies_and_can_be_performed_again(both: Both) -> None:
    made = both.ask(
        "report", "soc2", "--no-pdf", "--period", "2026-11-24..2026-11-25", "--out", "out", "--with-population"
    )
    assert made.code == 0, made.err
    pack = pack_from(made, both.folder / "out")
    manifest = json.loads((pack.folder / "manifest.json").read_bytes())
    assert [source["alias"] for source in manifest["sources"]] == ["main", "audit"]
    assert manifest["tables"]["audit.logs"] == {"rows": 6, "counted": 6}
    assert (
        "-- audit.logs: expect 6, lowest 1, highest 6 in the database audit\n"
        in (pack.folder / "method/count.sql").read_text()
    )
    assert (pack.folder / "method/extraction/audit.logs.sql").exists()
    rows = {row["source_ref"] for row in pack.rows("failed_logins")}
    assert len(rows) == 2
    assert "audit/logs:5" in rows
    assert both.auditctl("verify", str(pack.folder), cwd=both.folder).code == 0
    again = both.auditctl("reperform", str(pack.folder), cwd=both.folder)
    assert (again.code, again.err) == (0, "")


def test_a_row_of_either_place_is_shown_with_the_other(both: Both) -> None:
    gone = both.ask("show", "audit/logs:5")
    assert (gone.code, gone.err) == (0, "")
    assert gone.out.startswith("audit/logs:5, as stored")
    words = " ".join(gone.out.split())
    assert "source_ref audit/logs:5" in words
    assert "audit_only yes" in words
    pair = " ".join(both.ask("show", "audit/logs:6").out.split())
    assert "source_ref logs:211 also_ref audit/logs:6" in pair
    assert both.ask("show", "other/logs:5").err.startswith("auditctl: no source is called other")


def test_what_is_missing_in_one_place_is_an_item_for_review(both: Both) -> None:
    result = both.ask("recorder-places", "--since", "2026-11-24", "--until", "2026-11-24T02:04Z", "--format", "csv")
    assert result.code == 4  # what was before the recorder is not held
    assert [line.split(",")[3:] for line in result.out.splitlines()[1:]] == [
        ["not in the log of Superset", "", "audit/logs:5"]
    ]


def test_the_chain_is_that_of_the_audit_database(both: Both) -> None:
    result = both.ask("verify-chain")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("WHOLE  rows: 6, writers: 1\n")


def test_the_environment_and_the_settings_name_the_audit_database_too(both: Both) -> None:
    settings = both.folder / "auditctl.toml"
    settings.write_text('[source]\nurl = "sqlite:///superset.db"\n[source.audit]\nurl = "sqlite:///audit.db"\n')
    one = both.auditctl("show", "audit/logs:5", cwd=both.folder)
    settings.write_text('[source]\nurl = "sqlite:///superset.db"\n')
    other = both.auditctl("show", "audit/logs:5", cwd=both.folder, AUDITCTL_AUDIT_URL="sqlite:///audit.db")
    assert (one.code, one.out) == (0, other.out)


@pytest.mark.parametrize(
    ("url", "code", "complaint"),
    [
        ("sqlite:///superset.db", 3, "is no audit database of the recorder: its table logs has no event_id, writer_id"),
        ("sqlite:///none.db", 3, "none.db"),
        ("postgresql://a:secret@db/audit", 2, "--audit-url holds a password"),
        ("oracle://db/audit", 2, "sources of kind oracle cannot be read"),
    ],
)
def test_what_is_no_audit_database_is_refused(url: str, code: int, complaint: str, both: Both) -> None:
    source = ("--url", f"sqlite:///{both.metadata}", "--audit-url", url)
    result = both.auditctl(*source, "failed-logins", cwd=both.folder)
    assert (result.code, result.out, len(result.complaints)) == (code, "", 1)
    assert complaint in result.err
    assert "secret" not in result.err


def test_two_sources_of_one_name_are_refused(both: Both) -> None:
    (both.folder / "auditctl.toml").write_text('[source.audit]\nurl = "sqlite:///audit.db"\nalias = "main"\n')
    result = both.auditctl("--url", f"sqlite:///{both.metadata}", "failed-logins", cwd=both.folder)
    assert result.code == 2
    assert "auditctl.toml:3: source.audit.alias: is that of the source; give each its own" in result.err
