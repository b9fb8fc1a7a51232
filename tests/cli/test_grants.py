"""`auditctl grants`: SQL alone on stdout, also where nothing is connected."""

from __future__ import annotations

from pathlib import Path

import pytest

from .command import CommandLine


@pytest.mark.parametrize("dialect", ["postgresql", "mysql", "mariadb"])
def test_without_a_connection_the_sql_is_for_the_names_that_are_given(
    dialect: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    options = ("--dialect", dialect, "--role", "reader", "--database", "meta", "--schema", "bi")
    result = auditctl("grants", *options, cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert f"ON {'bi' if dialect == 'postgresql' else 'meta'}.logs TO " in result.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--dialect", "postgresql", "--host", "10.0.0.1"), "PostgreSQL roles have no host."),
        (("--dialect", "mysql", "--role", "a'b"), "a'b cannot be the name of a role."),
        (("--dialect", "mysql", "--statement-timeout", "2w"), "--statement-timeout: must be at most 1w"),
        (("--schema", "bi"), "--database and --schema go with --dialect."),
    ],
)
def test_options_that_cannot_be_meant_end_with_2(
    options: tuple[str, ...], said: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl("grants", *options, cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.complaints[0].startswith(f"auditctl: {said}")


def test_sqlite_has_no_roles_and_the_answer_says_what_to_do(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("grants", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.complaints == [
        "auditctl: SQLite has no roles. Let the account that runs auditctl read the file and its folder,"
        " but write neither"
    ]
