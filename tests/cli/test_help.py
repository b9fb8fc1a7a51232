"""Help: every command by its name, and nothing but what was asked for on stdout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditctl import __version__
from auditctl.catalogue.index import load_index

from .command import CommandLine

QUERIES = [entry.command for entry in load_index()]
FIXED = ["report", "verify", "show", "queries", "demo"]


def test_the_help_lists_every_command(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl("--help", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    listed = {line.split()[0] for line in result.out.splitlines() if line.startswith("  ") and line.strip()}
    assert {*FIXED, *QUERIES} <= listed
    assert "failed-logins" in listed
    assert max(map(len, result.out.splitlines())) <= 80


def test_queries_list_names_every_query(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl("queries", "list", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.splitlines()] == QUERIES


def test_queries_show_prints_a_query_as_it_is(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl("queries", "show", "failed-logins", cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith('-- /// audit\n-- id = "failed_logins"\n')


def test_every_command_has_help(auditctl: CommandLine, tmp_path: Path) -> None:
    # In one process, because starting one takes longer than the help.
    ask = "import sys; from auditctl.cli.app import run; print('code', max(run([c, '--help']) for c in sys.argv[1:]))"
    result = auditctl.in_python(ask, *FIXED, *QUERIES, cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    _, *helps = re.split(r"^Usage: auditctl ", result.out, flags=re.MULTILINE)
    assert [text.split()[0] for text in helps] == [*FIXED, *QUERIES]
    assert all({"--format", "--output"} <= set(text.split()) for text in helps[len(FIXED) :])
    assert result.out.endswith("code 0\n")


def test_the_version_needs_no_command(auditctl: CommandLine, tmp_path: Path) -> None:
    for arguments in (("--version",), ("--no-color", "--version")):
        result = auditctl(*arguments, cwd=tmp_path)
        assert (result.code, result.out, result.err) == (0, f"auditctl {__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("queries",)])
def test_without_a_command_the_help_is_talk(arguments: tuple[str, ...], auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl(*arguments, cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.complaints[0].startswith("Usage: auditctl ")
