"""What a command imports: to answer about itself next to nothing, to run its own driver and its own renderer."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditctl.cli.lazy import FIXED

from .command import FIXTURE, FIXTURE_NOW, CommandLine, Pack

ENGINES = {"duckdb", "pyarrow", "sqlglot", "sqlalchemy"}
DRIVERS = {"psycopg", "psycopg_binary", "asyncmy", "adbc_driver_postgresql"}
PAGES = {"jinja2", "weasyprint", "xlsxwriter"}
OTHERS = {"cryptography", "pydantic", "rich"}
_IMPORTED = """
import sys
from auditctl.__main__ import main
sys.argv[1:] = {arguments!r}
code = 0
try:
    main()
except SystemExit as end:
    code = end.code
print("imported", code, *sorted({{name.partition(".")[0] for name in sys.modules}}))
"""


def imported(auditctl: CommandLine, *arguments: str, cwd: Path, code: int = 0) -> set[str]:
    """Return the packages that a call had imported when it ended."""
    done = auditctl.in_python(_IMPORTED.format(arguments=list(arguments)), cwd=cwd)
    word, ended, *names = done.out.splitlines()[-1].split()
    assert (word, int(ended)) == ("imported", code), done.err
    return set(names)


def test_the_version_is_answered_before_the_command_line_is_imported(auditctl: CommandLine, tmp_path: Path) -> None:
    found = imported(auditctl, "--version", cwd=tmp_path)
    assert "auditctl" in found
    assert not found & {"typer", "pathlib", "re", *ENGINES, *DRIVERS, *PAGES, *OTHERS}


@pytest.mark.parametrize("arguments", [(), ("failed-logins",), *((name,) for name in FIXED)])
def test_help_imports_typer_and_no_other_library(
    arguments: tuple[str, ...], auditctl: CommandLine, tmp_path: Path
) -> None:
    found = imported(auditctl, *arguments, "--help", cwd=tmp_path)
    assert "typer" in found
    assert not found & (ENGINES | DRIVERS | PAGES | OTHERS)


def test_a_pack_without_a_signature_is_verified_with_the_standard_library(
    auditctl: CommandLine, pack: Pack, tmp_path: Path
) -> None:
    found = imported(auditctl, "verify", str(pack.folder), cwd=tmp_path)
    assert not found & (ENGINES | DRIVERS | PAGES | OTHERS)


def test_a_table_from_sqlite_needs_no_other_driver_and_no_page(auditctl: CommandLine, tmp_path: Path) -> None:
    source = ("--now", FIXTURE_NOW, "--url", f"sqlite:///{FIXTURE}")
    found = imported(auditctl, *source, "failed-logins", "--since", "24h", cwd=tmp_path, code=4)
    assert {"duckdb", "rich", "sqlite3"} <= found
    assert not found & (DRIVERS | PAGES | {"cryptography", "pydantic"})
