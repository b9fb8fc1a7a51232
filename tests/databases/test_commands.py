"""The commands of a day on real servers; the source is what it was before."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import FIXTURE_NOW, CommandLine, pack_from
from tests.servers.databases import Loaded

from .opened import checksums

NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "home" / "tmp").mkdir(parents=True)
    return CommandLine(tmp_path / "home")


def counted_by_hand(loaded: Loaded, statements: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Run the counting statements of a pack in the server's own client; return what to expect, and what it shows."""
    server = loaded.server
    clients = {
        "postgresql": ["psql", "-X", "-h", server.host, "-p", str(server.port), "-U", server.admin, "-d"],
        "mariadb": ["mariadb", "--batch", "--skip-column-names", "-h", server.host, "-P", str(server.port), "-u"],
    }
    options = {
        "postgresql": [
            loaded.database,
            "--tuples-only",
            "--no-align",
            "--field-separator",
            "\t",
            "-f",
            str(statements),
        ],
        "mariadb": [server.admin, loaded.database],
    }
    done = subprocess.run(
        [*clients[server.kind], *options[server.kind]],
        input=statements.read_text(encoding="utf-8"),
        env={**os.environ, "PGPASSWORD": server.password, "MYSQL_PWD": server.password},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    lines = re.findall(r"(?m)^-- .*: expect (.*)$", statements.read_text(encoding="utf-8"))
    shown = [re.split(r"\t", line) for line in done.stdout.splitlines()]
    return [re.findall(r"\d+", line) for line in lines], [[n for n in row if n not in ("", "NULL")] for row in shown]


def test_every_command_that_opens_a_source_reads_and_leaves_it_as_it_was(
    loaded: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    before = checksums(loaded)
    url = loaded.url().render_as_string(hide_password=False)

    def run(*arguments: str) -> str:
        done = auditctl("--now", FIXTURE_NOW, *arguments, cwd=tmp_path, AUDITCTL_SOURCE_URL=url)
        assert done.code == 0, done.err
        assert loaded.server.password not in done.out + done.err
        return done.out

    assert "alice" in run("access-listing")
    assert "ChartRestApi.delete" in run("show", "logs:138")
    assert NAMES[loaded.server.kind] in run("doctor")
    assert json.loads(run("doctor", "--format", "json", "--exact"))["schema"] == "auditctl-doctor/1"
    assert "GRANT SELECT" in run("grants")
    assert NAMES[loaded.server.kind] in run("init")
    made = auditctl(
        "--now", FIXTURE_NOW, "report", "soc2", "--no-pdf", "--period", "2026-10", "--out", "out",
        cwd=tmp_path, AUDITCTL_SOURCE_URL=url,
    )  # fmt: skip
    assert made.code == 0, made.err
    pack = pack_from(made, tmp_path / "out")
    (source,) = pack.report["sources"]
    assert source["server_version"] == f"{NAMES[loaded.server.kind]} {loaded.server.version}"
    assert (source["role"]["may_modify_log"], source["read_point"]["standby"]) == (True, False)
    assert "this role may modify the log" in (pack.folder / "report.html").read_text(encoding="utf-8")
    assert auditctl("verify", str(pack.folder), cwd=tmp_path).code == 0
    expected, shown = counted_by_hand(loaded, pack.folder / "method" / "count.sql")
    assert shown == expected
    assert ["205", "1", "206"] in shown  # the whole log
    held = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in held if loaded.server.password.encode() in path.read_bytes()] == []
    assert checksums(loaded) == before
