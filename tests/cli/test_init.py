"""`auditctl init`: tests the connection, asks where somebody is there to answer, and never replaces a file."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from .command import FIXTURE, CommandLine, contents
from .terminal import at_terminal

ZONE_SEEN = (
    "The Superset server's local time was UTC +00:00 (2026-11-24, changes: 6), as changes of dashboards and charts"
)


def written(path: Path) -> dict[str, Any]:
    assert path.stat().st_mode & 0o777 == 0o600
    return tomllib.loads(path.read_text(encoding="utf-8"))


def test_the_file_says_what_was_given_and_the_rest_is_commented(auditctl: CommandLine, tmp_path: Path) -> None:
    options = ("--zone", "Europe/Berlin", "--organisation", "ACME", "--in-service-since", "2024-03-01")
    result = auditctl.on_fixture("init", *options, cwd=tmp_path)
    assert result.code == 0
    assert written(tmp_path / "auditctl.toml") == {
        "source": {"url": f"sqlite:///{FIXTURE}", "in_service_since": "2024-03-01", "audit": {}},
        "report": {"organisation": "ACME", "zone": "Europe/Berlin"},
        "business_hours": {},
        "inputs": {},
        "accepted_gaps": {},
        "control_map": {},
        "signing": {},
        "limits": {},
    }
    lines = [line.strip() for line in result.out.splitlines()]
    assert "Superset    6.1.0" in lines
    assert "newest row  logs:206, 2026-11-24 02:02:50 UTC" in lines
    assert lines[-2:] == ["written     auditctl.toml", "next        auditctl doctor"]


def test_the_file_that_was_written_is_used(auditctl: CommandLine, tmp_path: Path) -> None:
    shutil.copyfile(FIXTURE, tmp_path / "metadata.sqlite")
    (tmp_path / "elsewhere").mkdir()
    result = auditctl("--url", "sqlite:///metadata.sqlite", "init", "elsewhere", cwd=tmp_path)
    assert result.out.splitlines()[-2:] == [
        "written     elsewhere/auditctl.toml",
        "next        auditctl --config elsewhere/auditctl.toml doctor",
    ]
    shown = auditctl("show", "logs:138", cwd=tmp_path / "elsewhere")
    assert (shown.code, shown.err) == (0, "")


def test_an_offset_seen_in_one_season_names_no_zone(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture("init", cwd=tmp_path)
    assert result.err == ""
    said = " ".join(result.out.split())
    assert f"zone not declared. {ZONE_SEEN} show. An offset names no zone: declare the server's" in said
    text = (tmp_path / "auditctl.toml").read_text(encoding="utf-8")
    assert "\n# An offset names no zone: declare the server's when you know it.\n# server_zone = " in text
    assert ZONE_SEEN in text.replace("\n# ", " ")


def test_utc_in_summer_and_winter_is_written_with_its_reason(
    auditctl: CommandLine, stock_demo: Any, tmp_path: Path
) -> None:
    database = stock_demo.folder / "metadata.sqlite"
    assert auditctl("--url", f"sqlite:///{database}", "init", cwd=tmp_path).code == 0
    assert written(tmp_path / "auditctl.toml")["source"]["server_zone"] == "UTC"
    text = (tmp_path / "auditctl.toml").read_text(encoding="utf-8")
    assert '# So it was UTC in summer and winter, and is set.\nserver_zone = "UTC"\n' in text


def test_a_zone_that_does_not_fit_what_was_measured_is_written_and_doubted(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.on_fixture("init", "--server-zone", "America/New_York", cwd=tmp_path)
    assert result.complaints == [
        "auditctl: America/New_York had another offset on 2026-11-24: is it the server's zone?"
    ]
    assert f"zone America/New_York. {ZONE_SEEN}" in " ".join(result.out.split())
    assert written(tmp_path / "auditctl.toml")["source"]["server_zone"] == "America/New_York"


@pytest.mark.parametrize("target", ["auditctl.toml", "."])
def test_a_file_that_is_there_is_never_replaced(target: str, auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_bytes(b"not even TOML")
    result = auditctl.on_fixture("init", target, cwd=tmp_path)
    assert (result.code, result.out) == (6, "")
    assert contents(tmp_path) == {"auditctl.toml": b"not even TOML"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("init",), 2, "no source given."),
        (("--url", "postgresql://u:secret@db/superset", "init"), 2, "--url holds a password"),
        (("--url", "sqlite:///missing.db", "init"), 3, "cannot read "),
        (("--url", f"sqlite:///{FIXTURE}", "init", "no/where.toml"), 6, "cannot write no: no such file or directory."),
        (("--url", f"sqlite:///{FIXTURE}", "init", "--zone", "Europe/Berln"), 2, "--zone: There is no time zone"),
        (
            ("--url", f"sqlite:///{FIXTURE}", "init", "--in-service-since", "May"),
            2,
            "--in-service-since: must be a day",
        ),
        (("--url", "postgresql://127.0.0.1:1/superset", "init"), 3, "cannot read as the default account"),
    ],
)
def test_what_cannot_be_done_writes_nothing(
    arguments: tuple[str, ...], code: int, said: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl(*arguments, cwd=tmp_path)
    assert (result.code, result.out) == (code, "")
    assert len(result.complaints) == 1
    assert result.complaints[0].startswith(f"auditctl: {said}")
    assert contents(tmp_path) == {}


def test_a_role_that_may_write_is_refused_where_the_policy_says_so(auditctl: CommandLine, tmp_path: Path) -> None:
    database = tmp_path / "metadata.sqlite"
    shutil.copyfile(FIXTURE, database)
    result = auditctl("--url", f"sqlite:///{database}", "--require-read-only", "init", cwd=tmp_path)
    assert (result.code, result.out) == (7, "")
    assert list(contents(tmp_path)) == ["metadata.sqlite"]


def test_on_a_terminal_it_asks_for_what_is_missing(auditctl: CommandLine, tmp_path: Path) -> None:
    answers = [
        ("without a password: ", "mongodb://x/y\n"),
        ("without a password: ", f"sqlite:///{FIXTURE}\n"),
        ("such as Europe/Berlin (Enter: UTC, - for not declared): ", "\n"),
        ("such as 2024-03-01 (Enter: not declared): ", "yesterday\n"),
        ("such as 2024-03-01 (Enter: not declared): ", "\n"),
        ("Name of the organisation on reports (Enter: not declared): ", "Müller\n"),
        ("Time zone of reports (Enter: UTC): ", "Europe/Berlin\n"),
    ]
    result = at_terminal(auditctl, "init", "--system", "BI", cwd=tmp_path, answers=answers)
    assert result.code == 0, result.err
    assert "sources of kind mongodb cannot be read" in result.err
    assert f"{ZONE_SEEN} show." in result.err
    assert "First day of this Superset: must be a day such as 2024-03-01" in result.err
    assert "Password" not in result.err
    file = written(tmp_path / "auditctl.toml")
    assert file["source"] == {"url": f"sqlite:///{FIXTURE}", "server_zone": "UTC", "audit": {}}
    assert file["report"] == {"organisation": "Müller", "system": "BI", "zone": "Europe/Berlin"}


def test_a_zone_that_was_proposed_can_stay_undeclared(auditctl: CommandLine, tmp_path: Path) -> None:
    options = ("--in-service-since", "2024-03-01", "--organisation", "A", "--system", "B", "--zone", "UTC")
    answers = [("- for not declared): ", "Berlin\n"), ("- for not declared): ", "-\n")]
    url = f"sqlite:///{FIXTURE}"
    result = at_terminal(auditctl, "--url", url, "init", *options, cwd=tmp_path, answers=answers)
    assert result.code == 0, result.err
    assert "Time zone of the Superset server: There is no time zone" in result.err
    assert "zone        not declared." in result.out
    assert "server_zone" not in written(tmp_path / "auditctl.toml")["source"]


def test_the_password_is_asked_unseen_and_a_failure_writes_nothing(auditctl: CommandLine, tmp_path: Path) -> None:
    answers = [("(Enter: as in ~/.pgpass, or none): ", "CANARY\n")]
    url = "postgresql://audit@127.0.0.1:1/superset"
    result = at_terminal(auditctl, "--url", url, "init", cwd=tmp_path, answers=answers)
    assert (result.code, result.out) == (3, "")
    assert "CANARY" not in result.err
    assert "no server answers there" in result.err
    assert contents(tmp_path) == {}


def test_the_end_of_the_answers_is_the_end_of_it(auditctl: CommandLine, tmp_path: Path) -> None:
    result = at_terminal(auditctl, "init", cwd=tmp_path, answers=[("without a password: ", "\x04")])
    assert (result.code, result.out) == (2, "")
    assert "auditctl: no answer was given. Nothing was written" in result.err
    assert contents(tmp_path) == {}
