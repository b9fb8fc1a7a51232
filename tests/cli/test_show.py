"""`auditctl show`: a row as stored, redacted, and what was derived from it by which rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.redaction import marker, secret_in

from .command import CommandLine


def show(auditctl: CommandLine, ref: str, folder: Path) -> dict[str, dict[str, str]]:
    """Return section -> name -> value; the columns are wide enough that nothing is folded."""
    result = auditctl.on_fixture("show", ref, cwd=folder, COLUMNS="2000")
    assert (result.code, result.err) == (0, "")
    sections: dict[str, dict[str, str]] = {}
    for block in result.out.split("\n\n"):
        title, *lines = block.strip().splitlines()
        pairs = (line.split(maxsplit=1) for line in lines)
        sections[title] = {name: value.strip() for name, value in pairs}
    return sections


@pytest.mark.parametrize("ref", ["logs:27", "logs:22-27"])
def test_a_row_of_the_log_is_shown_with_its_rule_and_its_act(ref: str, auditctl: CommandLine, tmp_path: Path) -> None:
    sections = show(auditctl, ref, tmp_path)
    stored = sections["logs:27, as stored (redacted)"]
    assert (stored["action"], stored["user_id"]) == ("ChartDataRestApi.data", "2")
    assert sections["Rule of actions.toml"]["action"] == "ChartDataRestApi.data"
    assert sections["Rule of actions.toml"]["kind"] == "data_request"
    act = sections["Derived: events"]
    assert (act["source_ref"], act["username"], act["rows_folded"]) == ("logs:22-27", "alice", "6")
    assert (act["object_type"], act["object_id"], act["event_outcome"]) == ("chart", "1", "succeeded")
    assert act["outcome_basis"]


def test_an_inner_row_leads_to_its_act(auditctl: CommandLine, tmp_path: Path) -> None:
    sections = show(auditctl, "logs:24", tmp_path)
    assert "logs:24, as stored (redacted)" in sections
    assert sections["Derived: events"]["source_ref"] == "logs:22-27"


def test_a_statement_is_shown_without_its_literals(auditctl: CommandLine, tmp_path: Path) -> None:
    sections = show(auditctl, "query:1", tmp_path)
    redacted = "SELECT id, full_name, ssn FROM patients WHERE diagnosis = " + marker("text", "E11", secret_in(tmp_path))
    assert sections["query:1, as stored (redacted)"]["sql"] == redacted
    derived = sections["Derived: statements"]
    assert (derived["sql_text"], derived["username"], derived["status"]) == (redacted, "alice", "success")
    assert "E11" not in str(sections)


def test_in_full_a_row_is_shown_as_it_ran_and_says_so(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("show", "query:1", "--full-sql", cwd=tmp_path, COLUMNS="2000")
    assert (result.code, result.err) == (0, "")
    assert "query:1, as stored (SQL in full)" in result.out
    assert result.out.count("WHERE diagnosis = 'E11'") == 2
    assert not (tmp_path / "redaction.key").exists()


def test_an_account_is_shown_without_its_password(auditctl: CommandLine, tmp_path: Path) -> None:
    stored = show(auditctl, "ab_user:2", tmp_path)["ab_user:2, as stored (redacted)"]
    assert (stored["username"], stored["email"]) == ("alice", "alice@example.com")
    assert "scrypt" not in str(stored)
    assert "pbkdf2" not in str(stored)


@pytest.mark.parametrize("ref", ["logs:149", "logs:153", "dbs:1"])
def test_no_secret_of_a_row_is_shown(ref: str, auditctl: CommandLine, tmp_path: Path) -> None:
    # Rows 149 to 154 try database URIs with a password; the command line itself looks for it.
    assert auditctl.on_fixture("show", ref, cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("logs:99999", "there is no row logs:99999 in this source. It may have been pruned"),
        ("pets:1", "pets:1 is not a row of a source. Write logs:138, logs:24-29 or query:7"),
        ("logs", "logs is not a row of a source. Write logs:138, logs:24-29 or query:7"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_usage_error(
    ref: str, said: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.on_fixture("show", ref, cwd=tmp_path)
    assert (result.code, result.out, result.complaints) == (2, "", [f"auditctl: {said}"])
