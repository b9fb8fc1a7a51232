"""Bad input: one line that says what, where and what to do, the exit code, and nothing left behind."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .command import FIXTURE, FIXTURE_NOW, CommandLine, Finished, contents

ON_FIXTURE = ("--now", FIXTURE_NOW, "--url", f"sqlite:///{FIXTURE}")
REPORT = (*ON_FIXTURE, "report", "soc2")
FAILED = (*ON_FIXTURE, "failed-logins")
HINT = "set AUDITCTL_SOURCE_URL, use --url-file FILE"

# What is wrong -> the command line, the exit code, and what the line must say.
WRONG: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "a framework that is not known": (
        (*ON_FIXTURE, "report", "soc3", "--period", "Q3"), 2, ("framework 'soc3'", "did you mean 'soc2'")),
    "a query that is not known": (("queries", "show", "failed_login"), 2, ("'failed_login'", "failed-logins")),
    "a command that is not known": (("failed-login",), 2, ("command 'failed-login'", "Did you mean failed-logins?")),
    "a command like nothing": (("xyzzy",), 2, ("command 'xyzzy'", "auditctl --help")),
    "an option that is not known": ((*FAILED, "--sinse", "24h"), 2, ("--sinse", "--since")),
    "no framework": ((*ON_FIXTURE, "report"), 2, ("FRAMEWORK",)),
    "no period": (REPORT, 2, ("--period Q3",)),
    "a period that cannot be": ((*REPORT, "--period", "2026-13"), 2, ("2026-13", "Forms: Q3, 2026-Q3")),
    "a quarter that cannot be": ((*REPORT, "--period", "Q5"), 2, ('"Q5" is not a period', "Forms: Q3, 2026-Q3")),
    "an empty period": ((*REPORT, "--period", ""), 2, ('"" is not a period', "Forms: Q3")),
    "a period of no length": (
        (*REPORT, "--period", "2026-11-01..2026-11-01"), 2, ("empty or reversed", "The end is exclusive")),
    "a reversed period": (
        (*REPORT, "--period", "2026-11-02..2026-11-01"), 2, ("empty or reversed", "comes after the beginning")),
    "a period to come": ((*REPORT, "--period", "2027-Q1"), 2, ("2027-Q1",)),
    "a day that cannot be": ((*FAILED, "--since", "2026-02-30"), 2, ("2026-02-30", "Forms: 24h, 7d")),
    "an empty --since": ((*FAILED, "--since", ""), 2, ('""', "Forms: 24h, 7d")),
    "a reversed window": (
        (*FAILED, "--since", "2026-07-02", "--until", "2026-07-01"), 2, ("empty or reversed", "The end is exclusive")),
    "--since to come": ((*FAILED, "--since", "2027-01-01"), 2, ("lies in the future", "2026-11-24 12:00:00 UTC")),
    "--since beside --period": ((*FAILED, "--since", "7d", "--period", "Q3"), 2, ("--period excludes --since",)),
    "a threshold in words": ((*FAILED, "--threshold", "many"), 2, ("--threshold", "integer")),
    "a format that is not known": (
        (*FAILED, "--format", "xml"), 2, ("for '--format': 'xml' is not one of 'table', 'csv', 'jsonl'",)),
    "no source": (("failed-logins",), 2, ("no source given", "Give --url URL before the command", HINT)),
    "a global option behind the command": (
        ("doctor", "--url", "sqlite:///x"), 2,
        ("No such option: --url. ", "--url stands before the command: auditctl --url URL doctor")),
    "a global switch behind a command of a group": (
        ("queries", "lint", "--no-color"), 2, ("before the command: auditctl --no-color queries lint",)),
    "a password in an argument": (
        ("--url", "postgresql://audit:CANARY@db/superset", "failed-logins"), 2, ("--url holds a password", HINT)),
    "a password in an option of an argument": (
        ("--url", "postgresql://db/superset?sslpassword=CANARY", "failed-logins"), 2, ("--url holds a password", HINT)),
    "a URL with a password that cannot be read": (
        ("--url", "postgresql://audit:CANARY@x/y@db/superset", "failed-logins"), 2, ("source URL", "percent-encoded")),
    "a URL that is none": (("--url", "nonsense", "failed-logins"), 2, ("source URL", "dialect://")),
    "a URL file that is missing": (("--url-file", "no.url", "failed-logins"), 2, ("--url-file no.url",)),
    "a settings file that is missing": (("--config", "no.toml", "failed-logins"), 2, ("no.toml",)),
    "a catalogue that is missing": (("--catalogue", "no", *FAILED), 2, ("no folder no", "--catalogue")),
    "a source that is missing": (
        ("--url", "sqlite:///no.sqlite", "failed-logins"), 3, ("no.sqlite: no such file", "Give the path")),
    "a source that is a folder": (("--url", "sqlite:///.", "failed-logins"), 3, ("is a directory", "Give the path")),
    "a source that is text": (
        ("--url", "sqlite:///note.txt", "failed-logins"), 3, ("note.txt: it is not a SQLite database", "Give the")),
    "a source that is another's": (
        ("--url", "sqlite:///other.sqlite", "failed-logins"), 3, ("not a Superset metadata database", "pets")),
    "an output that exists": ((*FAILED, "--output", "note.txt"), 6, ("note.txt exists", "choose another name")),
    "an output within a file": ((*FAILED, "--output", "note.txt/x"), 6, ("not a directory", "another folder")),
    "an output in no folder": ((*FAILED, "--output", "no/x.csv"), 6, ("no such file", "Make the folder first")),
    "a report into a file": ((*REPORT, "--period", "2026-11", "--out", "note.txt"), 6, ("note.txt",)),
    "a demo into a file": (("demo", "note.txt"), 6, ("note.txt", "a folder that can be written")),
    "a pack that is missing": (("verify", "no"), 2, ("cannot open no", "Give the folder of a pack")),
    "a folder that is no pack": (("verify", "."), 5, ("not a pack", "manifest.json is missing")),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "note.txt").write_text("not a database, and longer than sixteen bytes", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "other.sqlite")) as other:
        other.execute("CREATE TABLE pets (name TEXT)")
        other.commit()
    return tmp_path


def refused(auditctl: CommandLine, *arguments: str, cwd: Path, **environment: str) -> Finished:
    """Call it; nothing may be printed on stdout, changed or left in the folder."""
    before = contents(cwd)
    result = auditctl(*arguments, cwd=cwd, **environment)
    assert result.out == ""
    assert contents(cwd) == before
    assert all(line.startswith("auditctl: ") for line in result.complaints)
    return result


@pytest.mark.parametrize("wrong", WRONG)
def test_one_line_says_what_is_wrong(wrong: str, auditctl: CommandLine, folder: Path) -> None:
    arguments, code, said = WRONG[wrong]
    result = refused(auditctl, *arguments, cwd=folder)
    assert result.code == code
    (line,) = result.complaints
    assert [part for part in said if part not in line] == []


@pytest.mark.parametrize(
    ("mode", "url", "code", "said"),
    [
        (0o640, "postgresql://a:CANARY@127.0.0.1:1/x", 2, "can read; run chmod 600 source.url"),
        (0o604, "postgresql://127.0.0.1:1/x?sslpassword=CANARY", 2, "can read; run chmod 600 source.url"),
        (0o600, "postgresql://a:CANARY@127.0.0.1:1/x", 3, "no server answers there"),
        (0o644, "postgresql://a@127.0.0.1:1/x", 3, "no server answers there"),
    ],
)
def test_a_password_in_a_url_file_that_others_can_read_is_refused(
    mode: int, url: str, code: int, said: str, auditctl: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "source.url"
    file.write_text(f"{url}\n", encoding="utf-8")
    file.chmod(mode)
    (tmp_path / "auditctl.toml").write_text("[source]\nretries = 0\n", encoding="utf-8")
    result = refused(auditctl, "--url-file", "source.url", "failed-logins", cwd=tmp_path)
    assert (result.code, said in result.err) == (code, True)


def test_every_problem_of_a_catalogue_is_said_at_once_with_its_place(auditctl: CommandLine, folder: Path) -> None:
    mine = folder / "mine"
    (mine / "controls").mkdir(parents=True)
    (mine / "access").mkdir()
    (mine / "access" / "no_header.sql").write_text("SELECT 1\n", encoding="utf-8")
    header = '-- /// audit\n-- id = "bad"\n-- kind = "liste"\n-- ///\nSELECT 1\n'
    (mine / "access" / "bad.sql").write_text(header, encoding="utf-8")
    (mine / "controls" / "mine.toml").write_text("[X]\nid = 3\n", encoding="utf-8")
    result = refused(auditctl, "--catalogue", "mine", *FAILED, cwd=folder)
    assert result.code == 2
    assert "auditctl: mine/access/no_header.sql:1: no header" in result.err
    assert "auditctl: mine/access/bad.sql:3: 'kind' cannot be 'liste'; did you mean 'listing'?" in result.complaints
    assert "auditctl: mine/controls/mine.toml:2: 'id' must be text" in result.err


def test_every_problem_of_the_settings_is_said_at_once_with_its_line(auditctl: CommandLine, folder: Path) -> None:
    text = '[report]\nzone = "Europe/Berln"\nsettle = "soon"\n\n[buisness_hours]\nstart = "08:00"\n'
    (folder / "auditctl.toml").write_text(text, encoding="utf-8")
    result = refused(auditctl, *FAILED, cwd=folder)
    assert result.code == 2
    places = [line.split()[1] for line in result.complaints]
    assert places == ["auditctl.toml:2:", "auditctl.toml:3:", "auditctl.toml:5:"]
    assert "Did you mean Europe/Berlin?" in result.complaints[0]
    assert "did you mean business_hours?" in result.complaints[2]


def test_every_problem_of_every_input_file_is_said_at_once_with_its_line(auditctl: CommandLine, folder: Path) -> None:
    files = {
        "leavers.csv": "username,email,left_on\nalice,a@example.com,2026-99-01\n,,2026-07-01\n",
        "admins.csv": "username,email,approved_by\nadmin,,CISO\n",
        "tickets.csv": "# as of: soon\nticket,approved_by,approved_on,object\nC-1,ute,2026-11-24,\n",
        "reviewers.csv": "username,email,reviews\nal,,\n",
        "waivers.toml": '[[waiver]]\nquery = "leavers_active"\nkey = "ab_user:1"\nreason = "x"\nowner = "y"\n',
        "sign_ins.csv": "time,username,event_outcome,ip,system\n2026-11-24T01:00:00,alice,failed,,\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    names = ("leavers", "approved-admins", "tickets", "reviewers", "waivers", "sign-in-log")
    given = [part for name, file in zip(names, files, strict=True) for part in (f"--{name}", file)]
    result = refused(auditctl, *REPORT, "--period", "2026-11", *given, cwd=folder)
    assert result.code == 2
    places = [line.split()[1] for line in result.complaints]
    assert places == [
        "leavers.csv:2:",
        "leavers.csv:3:",
        "admins.csv:1:",
        "tickets.csv:1:",
        "tickets.csv:3:",
        "reviewers.csv:2:",
        "sign_ins.csv:2:",
        "waivers.toml:1:",
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("--version",), ("--help",), (*ON_FIXTURE, "access-listing", "--format", "csv")])
def test_a_full_disk_below_stdout_is_an_output_error(
    arguments: tuple[str, ...], auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.in_shell('"$@" > /dev/full', *arguments, cwd=tmp_path)
    assert result.code == 6
    assert result.complaints == ["auditctl: cannot write the output: no space left on device. Use --output FILE"]


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), (*ON_FIXTURE, "access-listing", "--format", "csv")])
def test_a_stdout_that_was_closed_before_is_an_output_error(
    arguments: tuple[str, ...], auditctl: CommandLine, tmp_path: Path
) -> None:
    result = auditctl.in_shell('"$@" >&-', *arguments, cwd=tmp_path)
    assert result.code == 6
    assert result.complaints == ["auditctl: cannot write the output: bad file descriptor. Use --output FILE"]


def test_without_a_stderr_the_exit_code_is_the_same(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.in_shell('"$@" 2>&-', *ON_FIXTURE, "access-listing", "--since", "never", cwd=tmp_path)
    assert (result.code, result.out) == (2, "")


@pytest.mark.parametrize("form", ["table", "csv"])
def test_a_reader_that_closes_the_pipe_causes_no_traceback(form: str, auditctl: CommandLine, tmp_path: Path) -> None:
    arguments = (*ON_FIXTURE, "content-changes", "--since", "24h", "--format", form)
    result = auditctl.in_shell('"$@" | head -c 1 | wc -c', *arguments, cwd=tmp_path)
    assert (result.code, result.out.strip()) == (0, "1")  # the code is that of wc


def test_a_broken_pipe_ends_quietly_and_is_never_told_as_flagged_rows(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.in_shell('{ "$@"; echo "code $?" >&2; } | true', "--help", cwd=tmp_path)
    assert result.complaints == ["code 141"]


def test_without_its_fonts_no_report_is_published(
    auditctl: CommandLine, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    broken = tmp_path_factory.mktemp("broken")
    (broken / "fontpkg_source_code_pro").mkdir()
    (broken / "fontpkg_source_code_pro" / "__init__.py").touch()
    path = filter(None, [str(broken), os.environ.get("PYTHONPATH")])
    elsewhere = {"PYTHONPATH": os.pathsep.join(path)}
    elsewhere |= {"AUDITCTL_REDACTION_KEY_FILE": str(auditctl.home / "redaction.key")}
    result = refused(auditctl, *REPORT, "--period", "2026-11", cwd=folder, **elsewhere)
    assert result.code == 6
    (line,) = result.complaints
    assert "the font Source Code Pro is missing" in line
    assert "pip install --force-reinstall fontpkg-source-code-pro" in line
