"""A report made long after its period, with the state that a pack kept from near the period's end."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from .command import CommandLine, Demo, Finished, Pack, contents

NEAR = "2026-10-02T08:00Z"


@dataclass(frozen=True, slots=True)
class Kept:
    """A demo, and a pack of Q3 that was made of it two days after the quarter's end."""

    demo: Demo
    pack: Path


@pytest.fixture(scope="module")
def kept(auditctl: CommandLine, demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Return a demo, its database as it goes on, and a pack of a copy of that from before the rest was written."""
    folder = tmp_path_factory.mktemp("kept")
    own = Demo(shutil.copytree(demo.folder, folder / "demo"))
    database = own.folder / "metadata.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM logs WHERE dttm > '2026-10-02 08:00'")
        connection.execute("DELETE FROM query WHERE start_time > 1790928000000")  # ms of 2026-10-02 08:00 UTC
        connection.execute("DELETE FROM report_execution_log WHERE end_dttm > '2026-10-02 08:00'")
    options = ("--now", NEAR, "--config", own.settings)
    made = auditctl(*options, "report", "soc2", "--no-pdf", "--period", "Q3", "--with-population", cwd=folder)
    assert made.code == 0, made.err
    shutil.copy(demo.folder / database.name, database)
    return Kept(own, folder / "soc2-2026-Q3")


def report(auditctl: CommandLine, demo: Demo, out: Path, *options: str) -> Finished:
    return auditctl("--config", demo.settings, "report", "soc2", "--no-pdf", "--period", "Q3", *options, cwd=out)


def sentences(pack: Path) -> dict[str, str]:
    """Return the sentence of each test whose query reads current state."""
    report = json.loads((pack / "report.json").read_bytes())
    tests = [test for control in report["controls"] for test in control["tests"]]
    return {test["id"]: test["sentence"] for test in tests if test["evidence"]["time"] == "as_of"}


def test_state_that_a_pack_kept_near_the_end_is_evidence_of_the_period(
    auditctl: CommandLine, pack: Pack, kept: Kept, tmp_path: Path
) -> None:
    late = sentences(pack.folder)
    assert late
    assert all("54 days after the period's end" in sentence for sentence in late.values())
    before = contents(kept.pack)
    result = report(auditctl, kept.demo, tmp_path, "--snapshot", str(kept.pack))
    assert result.code == 0, result.err
    near = sentences(tmp_path / kept.pack.name)
    at = "State as of 2026-10-02 10:00 Europe/Berlin (a present that was set by hand), 1 day after the period's end."
    assert all(at in sentence for sentence in near.values())
    assert contents(kept.pack) == before


def test_the_pack_names_the_one_that_the_state_is_from(auditctl: CommandLine, kept: Kept, tmp_path: Path) -> None:
    result = report(auditctl, kept.demo, tmp_path, "--snapshot", str(kept.pack))
    assert result.code == 0, result.err
    inputs = json.loads((tmp_path / kept.pack.name / "method" / "inputs.json").read_bytes())
    (snapshot,) = [file for file in inputs if file["name"] == "snapshot"]
    root_hash = auditctl("verify", str(kept.pack), cwd=tmp_path).out
    assert snapshot["sha256"] in root_hash
    assert "state as of 2026-10-02 08:00:00+00:00 (a present that was set by hand)" in snapshot["note"]
    again = report(auditctl, kept.demo, tmp_path, "--snapshot", str(kept.pack))
    assert "is this report already, and verifies: nothing was written" in again.err
    without = report(auditctl, kept.demo, tmp_path)
    assert without.code == 6  # another report: it rests on other state


def test_a_pack_that_was_read_too_late_holds_no_state_of_the_period(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    result = report(auditctl, demo, tmp_path, "--snapshot", str(pack.folder))
    assert result.code == 2
    assert "was read 54 days from the period's end, of which 7 are allowed" in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_present_that_was_set_by_hand_does_not_make_the_state_of_a_log_that_goes_on_older(
    auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    result = auditctl("--now", NEAR, "--config", demo.settings, "report", "soc2", "--period", "Q3", cwd=tmp_path)
    assert result.code == 0, result.err
    late = sentences(tmp_path / "soc2-2026-Q3")
    assert late
    assert all("after the period's end: not evidence of the period itself" in sentence for sentence in late.values())


def test_a_pack_of_another_period_holds_no_state_of_this_one(auditctl: CommandLine, kept: Kept, tmp_path: Path) -> None:
    options = (
        "--config",
        kept.demo.settings,
        "report",
        "soc2",
        "--no-pdf",
        "--period",
        "2026-08",
        "--snapshot",
        str(kept.pack),
    )
    result = auditctl(*options, cwd=tmp_path)
    assert result.code == 2
    assert "is of another period, 2026-07-01 00:00 to 2026-10-01 00:00 Europe/Berlin" in result.err


def test_a_pack_that_was_changed_is_no_snapshot(auditctl: CommandLine, kept: Kept, tmp_path: Path) -> None:
    changed = shutil.copytree(kept.pack, tmp_path / "changed")
    (changed / "population" / "accounts.parquet").write_bytes(b"PAR1")
    result = report(auditctl, kept.demo, tmp_path, "--snapshot", "changed")
    assert (result.code, result.out) == (5, "")
    assert "changed is not what was issued" in result.complaints[-1]


def test_a_pack_without_its_population_is_no_snapshot(auditctl: CommandLine, kept: Kept, tmp_path: Path) -> None:
    made = auditctl(
        "--now",
        NEAR,
        "--config",
        kept.demo.settings,
        "report",
        "--no-pdf",
        "hipaa",
        "--period",
        "Q3",
        "--out",
        "bare",
        cwd=tmp_path,
    )
    assert made.code == 0, made.err
    result = report(auditctl, kept.demo, tmp_path, "--snapshot", "bare/hipaa-2026-Q3")
    assert result.code == 2
    assert "holds no population. Give a pack made with --with-population" in result.err


def test_queries_that_were_asked_of_another_pack_are_repeated_with_that_pack(
    auditctl: CommandLine, kept: Kept, tmp_path: Path
) -> None:
    assert report(auditctl, kept.demo, tmp_path, "--with-population", "--snapshot", str(kept.pack)).code == 0
    late = str(tmp_path / kept.pack.name)
    alone = auditctl("reperform", late, "administrators", "audit-log-reads", cwd=tmp_path)
    assert (alone.code, alone.err) == (4, "")
    _, asked_elsewhere, asked_here, last = alone.out.splitlines()
    why = "not run: it was asked of another pack's population: give that pack with --snapshot"
    assert asked_elsewhere.split(maxsplit=1) == ["administrators", why]
    assert asked_here.endswith(", same bytes")
    assert last == "1 of 2 queries reproduced"
    both = auditctl("reperform", late, "administrators", "--snapshot", str(kept.pack), cwd=tmp_path)
    assert (both.code, both.err) == (0, "")
    wrong = auditctl("reperform", str(kept.pack), "--snapshot", str(kept.pack), cwd=tmp_path)
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.complaints == [f"auditctl: {kept.pack} is not a pack whose state was used. Leave --snapshot out"]
