"""Controls are listed and shown, and every framework makes a pack of the demo that verifies."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .command import CommandLine, Demo, pack_from


def test_the_controls_of_a_framework_are_listed_with_their_tests(auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl("controls", "list", "nist-800-53", cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    words = " ".join(done.out.split())
    assert "NIST:AC-2(4) " in words
    assert "NIST:AU-10 A row of the log proves who acted" in words or "NIST:AU-10 " in words
    assert "(not addressed)" in words
    assert "SOC2" not in words


def test_without_a_framework_all_are_listed(auditctl: CommandLine, tmp_path: Path) -> None:
    out = auditctl("controls", "list", cwd=tmp_path).out
    assert [name in out for name in ("SOC2:CC6.1", "HIPAA:164.312(b)", "ISO27001:8.15", "NIST:AU-2")] == [True] * 4


@pytest.mark.parametrize("name", ["SOC2:CC6.2", "cc6.2"])
def test_a_control_is_shown_with_what_its_tests_cannot_prove(auditctl: CommandLine, tmp_path: Path, name: str) -> None:
    words = " ".join(auditctl("controls", "show", name, cwd=tmp_path).out.split())
    assert words.startswith("SOC2:CC6.2 Credentials are issued to the authorised, and withdrawn in time")
    assert "leavers-active, deviation: Leavers with access" in words
    assert "Cannot prove When an account was deactivated" in words
    assert "From elsewhere HR: termination list" in words


def test_an_unknown_control_names_the_nearest(auditctl: CommandLine, tmp_path: Path) -> None:
    done = auditctl("controls", "show", "CC61", cwd=tmp_path)
    assert (done.code, done.err) == (2, "auditctl: unknown control 'CC61': did you mean 'SOC2:CC6.1'?\n")


@pytest.mark.parametrize("framework", ["hipaa", "iso27001", "nist-800-53"])
def test_every_framework_makes_a_pack_of_the_demo(
    auditctl: CommandLine, demo: Demo, tmp_path: Path, framework: str
) -> None:
    report = ("report", framework, "--no-pdf", "--period", "Q3", "--out", "out")
    made = auditctl("--config", demo.settings, *report, cwd=tmp_path)
    assert made.code == 0, made.err
    pack = pack_from(made, tmp_path / "out")
    assert pack.folder.name == f"{framework}-2026-Q3"
    assert "Error" not in {test["outcome"] for test in pack.tests.values()}
    assert auditctl("verify", str(pack.folder), cwd=tmp_path).code == 0


def test_what_to_bring_is_listed_with_the_dates_of_the_period(auditctl: CommandLine, tmp_path: Path) -> None:
    settings = tmp_path / "auditctl.toml"
    settings.write_text('[report]\nzone = "Europe/Berlin"\n', encoding="utf-8")
    command = ("controls", "requests", "soc2", "--period", "2026-Q3", "--format", "csv")
    done = auditctl(*command, "--output", "requests.csv", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "")
    rows = list(csv.DictReader((tmp_path / "requests.csv").open(encoding="utf-8")))
    assert {
        "control": "SOC2:CC8.1",
        "system": "Ticket system",
        "item": "change tickets with approvals, for the deletions listed",
        "for": "deletions, deletions_in_scope",
        "since": "2026-06-30T22:00:00.000000Z",
        "until": "2026-09-30T22:00:00.000000Z",
    } in rows
    assert len(rows) == len({(row["system"], row["item"]) for row in rows})


def test_without_a_period_the_dates_are_left_empty(auditctl: CommandLine, tmp_path: Path) -> None:
    out = auditctl("controls", "requests", "hipaa", "--format", "csv", cwd=tmp_path).out
    assert 'HIPAA:164.308(a)(3)(ii)(C),HR,"termination list, for the same dates",leavers_active,,\n' in out


def test_a_list_of_requests_never_replaces_a_file(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "requests.csv").write_text("mine", encoding="utf-8")
    done = auditctl("controls", "requests", "soc2", "--output", "requests.csv", cwd=tmp_path)
    assert (done.code, len(done.complaints)) == (6, 1)
    assert (tmp_path / "requests.csv").read_text(encoding="utf-8") == "mine"


def test_the_ids_of_the_organisation_stand_beside_ours(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_text('[control_map]\n"SOC2:CC6.2" = ["AC-01", "SEC-14"]\n', encoding="utf-8")
    listed = " ".join(auditctl("controls", "list", "soc2", cwd=tmp_path).out.split())
    assert "withdrawn in time (5 tests; own ids: AC-01, SEC-14) SOC2:CC6.3" in listed
    assert listed.count("own ids") == 1
    assert "Own ids: AC-01, SEC-14." in auditctl("controls", "show", "CC6.2", cwd=tmp_path).out


def test_an_id_mapped_from_an_unknown_control_is_refused_with_its_line(auditctl: CommandLine, tmp_path: Path) -> None:
    text = '[control_map]\n"SOC2:CC6.2" = ["AC-01"]\n"CC6.3" = ["AC-02"]\n"Ω" = ["AC-03"]\n'
    (tmp_path / "auditctl.toml").write_text(text, encoding="utf-8")
    done = auditctl("controls", "list", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.complaints == [
        "auditctl: auditctl.toml:3: control_map: unknown control 'CC6.3'; did you mean 'SOC2:CC6.3'?",
        "auditctl: auditctl.toml:4: control_map: unknown control 'Ω'; see auditctl controls list",
    ]
