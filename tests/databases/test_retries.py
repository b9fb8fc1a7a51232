"""Where reading breaks off all is read anew, at a new read point and only so often; nothing is made of half of it."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.engine import URL

from tests.cli.command import FIXTURE_NOW, CommandLine, Finished
from tests.servers.databases import Loaded
from tests.servers.proxy import before, kill

RETRIED: Final = re.compile(r"auditctl: cannot read as .*\. All is read anew in (\d+) s, at a new read point \((.*)\)")


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "tmp").mkdir()
    return CommandLine(tmp_path)


def ask(auditctl: CommandLine, url: URL, folder: Path, *, retries: int | None = None) -> Finished:
    """Ask for a listing of all rows of the log, into the new file `rows.csv`."""
    if retries is not None:
        (folder / "auditctl.toml").write_text(f"[source]\nretries = {retries}\n", encoding="utf-8")
    listing = ("--now", FIXTURE_NOW, "action-inventory", "--format", "csv", "--output", "rows.csv")
    return auditctl(*listing, cwd=folder, AUDITCTL_SOURCE_URL=url.render_as_string(hide_password=False))


def retried(ended: Finished) -> list[str]:
    """Return which retries were said."""
    return [found[2] for line in ended.complaints if (found := RETRIED.fullmatch(line))]


def test_what_was_broken_off_is_read_anew_and_is_as_if_nothing_had_been(
    shared: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    calm = tmp_path / "calm"
    calm.mkdir()
    undisturbed = ask(auditctl, shared.url(), calm)
    with before(shared, 100, None) as proxy:
        ended = ask(auditctl, proxy.url(), tmp_path)
    assert (ended.code, len(proxy.fired)) == (undisturbed.code, 1)
    assert retried(ended) == ["retry 1 of 3"]
    assert ended.complaints[1:] == undisturbed.complaints
    assert (tmp_path / "rows.csv").read_bytes() == (calm / "rows.csv").read_bytes()


def test_each_retry_has_a_new_read_point(loaded: Loaded, auditctl: CommandLine, tmp_path: Path) -> None:
    def commit_and_kill(backend: int) -> None:
        loaded.run("INSERT INTO logs (action, dttm) VALUES ('meanwhile', '2026-11-24 02\\:00\\:00')")
        kill(loaded)(backend)

    with before(loaded, 100, commit_and_kill) as proxy:
        ended = ask(auditctl, proxy.url(), tmp_path)
    assert (len(proxy.fired), retried(ended)) == (1, ["retry 1 of 3"])
    assert "\nmeanwhile," in (tmp_path / "rows.csv").read_text(encoding="utf-8")


def test_what_breaks_off_each_time_ends_with_one_line_and_no_file(
    shared: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    with before(shared, 1, kill(shared), times=9) as proxy:
        ended = ask(auditctl, proxy.url(), tmp_path, retries=1)
    assert (ended.code, ended.out, len(proxy.fired)) == (3, "", 2)
    assert retried(ended) == ["retry 1 of 1"]
    assert "the connection was lost" in ended.complaints[-1]
    assert len(ended.complaints) == 2
    assert not (tmp_path / "rows.csv").exists()


def test_a_server_that_does_not_answer_is_asked_again(auditctl: CommandLine, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = URL.create("postgresql", "a", None, "127.0.0.1", free.getsockname()[1], "x")
        ended = ask(auditctl, url, tmp_path, retries=1)
    assert (ended.code, retried(ended)) == (3, ["retry 1 of 1"])
    assert "no server answers there" in ended.complaints[-1]


def test_what_a_role_may_not_do_is_tried_once(shared: Loaded, auditctl: CommandLine, tmp_path: Path) -> None:
    ended = ask(auditctl, shared.url(shared.server.admin, "CANARY wrong"), tmp_path)
    assert (ended.code, retried(ended), len(ended.complaints)) == (3, [], 1)
