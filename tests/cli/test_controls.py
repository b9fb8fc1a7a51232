"""Controls are listed and shown, and every framework makes a pack of the demo that verifies."""

from __future__ import annotations

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
    report = ("report", framework, "--period", "Q3", "--out", "out")
    made = auditctl("--config", demo.settings, *report, cwd=tmp_path)
    assert made.code == 0, made.err
    pack = pack_from(made, tmp_path / "out")
    assert pack.folder.name == f"{framework}-2026-Q3"
    assert "Error" not in {test["outcome"] for test in pack.tests.values()}
    assert auditctl("verify", str(pack.folder), cwd=tmp_path).code == 0
