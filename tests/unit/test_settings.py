"""auditctl.toml and the environment: every key, every problem with its line, and no secret in sight."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from auditctl.errors import ExitCode, SettingsError
from auditctl.settings import (
    ENVIRONMENT,
    KEYS,
    AcceptedGap,
    BusinessHours,
    Inputs,
    Key,
    Limits,
    Report,
    Scope,
    Settings,
    Source,
    load_settings,
)

EVERYTHING = """\
now = "2026-11-24T12:00:00Z"
catalogue = "own"
[source]
url = "sqlite:///metadata.sqlite"
alias = "main-2"
server_zone = "America/New_York"
copy = true
[report]
organisation = "Example Health"
system = "Superset, production"
scope_statement = '''All dashboards
of the clinic'''
zone = "Europe/Berlin"
fiscal_year_start = "10-01"
settle = "90m"
[business_hours]
days = ["Sun", "Mon"]
start = "07:30"
end = 19:00:00
[inputs]
leavers = "leavers.csv"
approved_admins = "lists/admins.csv"
sign_in_log = "/var/log/sign-ins.csv"
sign_in_log_covers = "2026-07-01..2026-10-01"
[scope.phi]
databases = ["production"]
schemas = ["main", "clinic.main"]
tables = ["main.patients", "patients"]
datasets = [1, "patients"]
dashboards = [1, "patient-census"]
permitted = ["alice", "role:Clinician"]
[scope.chd]
none = true
stated_by = "J. Moreau"
stated_on = 2026-10-05
reason = "Cards are paid at the till."
[scope.sensitive]
dashboards = ["board", "Ward *", "tag:pii"]
[thresholds.failed_logins]
threshold = 3
ratio = 0.5
[thresholds.exports]
formats = "csv"
strict = true
[limits]
memory = "2GB"
threads = 4
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "auditctl.toml"
    path.write_bytes(text.encode())
    path.chmod(0o600)
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, in which problems are those of plain `auditctl.toml`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(folder: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    write(folder, text)
    with pytest.raises(SettingsError) as error:
        load_settings(None, environ or {})
    assert error.value.exit_code is ExitCode.USAGE
    return error.value.diagnostics()


def test_every_key_arrives_in_its_field(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, EVERYTHING), {})
    assert settings == Settings(
        path=tmp_path / "auditctl.toml",
        now=datetime(2026, 11, 24, 12, tzinfo=UTC),
        catalogue=tmp_path / "own",
        source=Source(f"sqlite:///{tmp_path}/metadata.sqlite", "main-2", "America/New_York", copy=True),
        report=Report(
            "Example Health",
            "Superset, production",
            "All dashboards\nof the clinic",
            "Europe/Berlin",
            (10, 1),
            timedelta(minutes=90),
        ),
        business_hours=BusinessHours(frozenset({7, 1}), time(7, 30), time(19)),
        inputs=Inputs(
            tmp_path / "leavers.csv",
            tmp_path / "lists/admins.csv",
            Path("/var/log/sign-ins.csv"),
            "2026-07-01..2026-10-01",
        ),
        scopes=(
            Scope(
                "phi",
                ("production",),
                ("main", "clinic.main"),
                ("main.patients", "patients"),
                (1, "patients"),
                (1, "patient-census"),
                ("alice", "role:Clinician"),
            ),
            Scope(
                "chd",
                none=True,
                stated_by="J. Moreau",
                stated_on=date(2026, 10, 5),
                reason="Cards are paid at the till.",
            ),
            Scope("sensitive", dashboards=("board", "Ward *", "tag:pii")),
        ),
        thresholds={"exports": {"formats": "csv", "strict": True}, "failed_logins": {"threshold": 3, "ratio": 0.5}},
        limits=Limits("2GB", 4),
    )


def test_without_a_file_there_are_the_defaults(here: Path) -> None:
    assert load_settings(None, {}) == Settings()


def test_the_file_in_the_current_folder_is_found(here: Path) -> None:
    write(here, 'catalogue = "own"')
    settings = load_settings(None, {})
    assert settings.path == Path("auditctl.toml")
    assert settings.catalogue == here / "own"


@pytest.mark.parametrize("key", [key for key in KEYS if key.default and "<" not in key.name], ids=lambda key: key.name)
def test_the_documented_default_is_the_one_in_force(tmp_path: Path, key: Key) -> None:
    said = load_settings(write(tmp_path, f"{key.name} = {key.default}"), {})
    assert replace(said, path=None) == Settings()


def test_settings_are_frozen_and_hashable(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, EVERYTHING), {})
    assert hash(settings) == hash(load_settings(settings.path, {}))
    with pytest.raises(FrozenInstanceError):
        settings.now = None  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.thresholds["failed_logins"]["threshold"] = 9  # type: ignore[index]


def test_the_environment_outranks_the_file(here: Path) -> None:
    write(here, EVERYTHING)
    environ = {
        "AUDITCTL_NOW": "2027-01-01T01:00+01:00",
        "AUDITCTL_CATALOGUE": "other",
        "AUDITCTL_SOURCE_URL": "sqlite:///x.db",
    }
    settings = load_settings(None, environ)
    assert settings.now == datetime(2027, 1, 1, tzinfo=UTC)
    assert settings.catalogue == here / "other"
    assert settings.source == Source(f"sqlite:///{here}/x.db", "main-2", "America/New_York", copy=True)


def test_a_relative_path_of_the_environment_begins_at_the_current_folder(here: Path) -> None:
    (here / "etc").mkdir()
    path = write(here / "etc", 'catalogue = "own"\nsource.url = "sqlite:///metadata.sqlite"')
    assert load_settings(path, {}).catalogue == here / "etc" / "own"
    assert load_settings(path, {}).source.url == f"sqlite:///{here}/etc/metadata.sqlite"
    assert load_settings(path, {"AUDITCTL_CATALOGUE": "own"}).catalogue == here / "own"


def test_the_problems_of_the_environment_name_the_variable(here: Path) -> None:
    environ = {"AUDITCTL_NOW": "noon", "AUDITCTL_CATALOGUE": "", "AUDITCTL_SOURCE_URL": "metadata.sqlite"}
    assert problems(here, "limits.threads = 0", environ) == [
        "auditctl.toml:1: limits.threads: must be a whole number from 1 to 256",
        'AUDITCTL_NOW: "noon" is not a date or a date and time. Forms: 2026-11-24T12:00Z, 2026-11-24T13:00+01:00',
        "AUDITCTL_CATALOGUE: must not be empty",
        "AUDITCTL_SOURCE_URL: The source URL cannot be read. "
        "Write dialect://user:password@host/database, with @ : / ? # % in the password percent-encoded",
    ]


def test_all_problems_come_at_once_in_the_order_of_the_file(here: Path) -> None:
    text = """\
nwo = "2026-11-24T12:00:00Z"
source.copy = "yes"

[report]  # a comment with [brackets] and "quotes"
zone = "Europe/Berln"
organisation = " "
settle = 'soon'
fiscal_year_start = "02-29"
threads = 2
[business_hours]
days = [
  "Mon", # the first
  "Funday",
  7,
]
end = "07:00"
[scope.phi]
datasets = [0, true, "x"]
tables = ["a.b.c.d"]
permitted = "alice"
[scope.pii]
tables = ["cards"]
[scope.sensitive]
permitted = ["alice"]
[thresholds]
exports = 5
[thresholds.failed-logins]
threshold = 5
[thresholds.failed_logins]
threshold = nan
[inputs]
sign_in_log_covers = "2026-10-01..2026-07-01"
[limits]
memory = "lots"
[reprot]
"""
    assert problems(here, text) == [
        "auditctl.toml:1: nwo: no such key; did you mean now?",
        "auditctl.toml:2: source.copy: must be true or false, not text",
        'auditctl.toml:5: report.zone: There is no time zone "Europe/Berln". Did you mean Europe/Berlin?',
        "auditctl.toml:6: report.organisation: must not be empty",
        'auditctl.toml:7: report.settle: "soon" is not a duration. Forms: 30m, 1h, 2d, 1w',
        "auditctl.toml:8: report.fiscal_year_start: must be MM-DD with a day from 01 to 28, such as 10-01",
        "auditctl.toml:9: report.threads: no such key; did you mean limits.threads?",
        'auditctl.toml:13: business_hours.days, entry 2: "Funday" is not a day; '
        "the days are Mon, Tue, Wed, Thu, Fri, Sat, Sun",
        "auditctl.toml:14: business_hours.days, entry 3: must be text, not a whole number",
        "auditctl.toml:16: business_hours.end: must be later than the start, 08:00; it is 07:00",
        "auditctl.toml:18: scope.phi.datasets, entry 1: must be an id from 1",
        "auditctl.toml:18: scope.phi.datasets, entry 2: must be an id or a name, not true or false",
        "auditctl.toml:19: scope.phi.tables, entry 1: must be table, schema.table or database.schema.table",
        "auditctl.toml:20: scope.phi.permitted: must be a list, not text",
        "auditctl.toml:21: scope.pii: no such table; did you mean scope.phi?",
        "auditctl.toml:23: scope.sensitive: names no databases, schemas, tables, datasets or dashboards",
        "auditctl.toml:26: thresholds.exports: must be a table, not a whole number",
        "auditctl.toml:27: thresholds.failed-logins: no such table; did you mean thresholds.failed_logins?",
        "auditctl.toml:30: thresholds.failed_logins.threshold: must be a finite number of 64 bits",
        "auditctl.toml:34: limits.memory: must be an amount such as 512MB or 2GB",
        "auditctl.toml:35: reprot: no such table; did you mean report?",
    ]


def test_each_freeze_is_checked_in_the_zone_of_the_report(here: Path) -> None:
    text = 'report.freezes = [\n"2026-09-20..2026-10-01",\n"2026-10-01..2026-09-20",\n"Q3",\n]\n'
    found = problems(here, text)
    assert [problem.partition(": ")[0] for problem in found] == ["auditctl.toml:3", "auditctl.toml:4"]
    assert found[1].startswith('auditctl.toml:4: report.freezes, entry 3: "Q3" is not a range of time')


def test_a_control_is_mapped_to_the_ids_of_the_organisation(here: Path) -> None:
    text = '[control_map]\n"SOC2:CC6.1" = ["AC-01", "SEC-14"]\n"HIPAA:164.312(b)" = "LOG-2"\n"NIST:AU-2" = [3]\n'
    assert problems(here, text) == [
        'auditctl.toml:3: control_map."HIPAA:164.312(b)": must be a list, not text',
        'auditctl.toml:4: control_map."NIST:AU-2", entry 1: must be text, not a whole number',
    ]
    good = text.replace('"LOG-2"', '["LOG-2"]').replace("[3]", "[]")
    assert load_settings(write(here, good), {}).control_map == {
        "SOC2:CC6.1": ("AC-01", "SEC-14"),
        "HIPAA:164.312(b)": ("LOG-2",),
        "NIST:AU-2": (),
    }


def test_an_accepted_gap_says_why_who_and_until_when(here: Path) -> None:
    text = '[accepted_gaps.failed_logins]\nreason = "No recorder"\nowner = "CISO"\nexpires = 2027-05-31\n'
    gap = AcceptedGap("No recorder", "CISO", date(2027, 5, 31))
    assert load_settings(write(here, text), {}).accepted_gaps == {"failed_logins": gap}


def test_everything_that_is_wrong_with_accepted_gaps_is_said_with_its_line(here: Path) -> None:
    text = """\
[accepted_gaps.failed_logins]
reason = ""
ownr = "CISO"
expires = "31.05.2027"

[accepted_gaps.failed-logins]
[accepted_gaps]
sign_ins = 1
"""
    takes = "a gap takes reason, owner, expires"
    assert sorted(problems(here, text)) == [
        f"auditctl.toml:1: accepted_gaps.failed_logins: lacks owner; {takes}",
        "auditctl.toml:2: accepted_gaps.failed_logins.reason: must not be empty",
        f"auditctl.toml:3: accepted_gaps.failed_logins.ownr: no such key; {takes}",
        "auditctl.toml:4: accepted_gaps.failed_logins.expires: must be a day such as 2024-03-01",
        "auditctl.toml:6: accepted_gaps.failed-logins: no such table; did you mean accepted_gaps.failed_logins?",
        "auditctl.toml:8: accepted_gaps.sign_ins: must be a table, not a whole number",
    ]


def test_that_there_is_nothing_of_a_kind_is_an_assertion_of_somebody_and_beside_no_list(here: Path) -> None:
    text = """\
[scope.phi]
none = true
tables = ["patients"]
permitted = ["alice"]
stated_by = "J. Moreau"
[scope.chd]
none = false
stated_on = 2026-10-05
databases = ["shop"]
"""
    assert problems(here, text) == [
        "auditctl.toml:2: scope.phi.none: needs stated_on: it is management's assertion",
        "auditctl.toml:2: scope.phi.none: needs reason: it is management's assertion",
        "auditctl.toml:3: scope.phi.tables: contradicts none = true; remove one of them",
        "auditctl.toml:4: scope.phi.permitted: contradicts none = true; remove one of them",
        "auditctl.toml:8: scope.chd.stated_on: is only for none = true; remove it",
    ]


def test_what_a_range_covers_is_checked_in_the_zone_of_the_report(here: Path) -> None:
    text = 'report.zone = "Europe/Berlin"\ninputs.sign_in_log_covers = "2026-03-29T02:30..2026-10-01"'
    [problem] = problems(here, text)
    assert problem.startswith("auditctl.toml:2: inputs.sign_in_log_covers: 2026-03-29T02:30:00 did not happen in")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("now = 2026-11-24T12:00:00", "now: must carry its offset, such as 2026-11-24T12:00:00Z"),
        ("now = 2026-11-24", "now: must be text, not a date or time"),
        ('source.alias = "Main"', "source.alias: must be 1 to 40 of a-z, 0-9 and -"),
        ('report.system = "a\\tb"', "report.system: must be one line without tabs"),
        ('report.system = "\\u001b[31m"', "report.system: must not hold control characters"),
        ("report = 1", "report: must be a table, not a whole number"),
        ("[report.zone]", "report.zone: must be text, not a table"),
        ("[[report]]", "report: must be a table, not a list"),
        ("business_hours.days = []", "business_hours.days: must name at least one day"),
        ('business_hours.start = "24:00"', "business_hours.start: must be HH:MM from 00:00 to 23:59"),
        ("business_hours.start = 08:00:01", "business_hours.start: must be HH:MM from 00:00 to 23:59"),
        ("business_hours.start = 08:00:01.5", "business_hours.start: must be HH:MM from 00:00 to 23:59"),
        ('scope.phi.tables = [""]', "scope.phi.tables, entry 1: must not be empty"),
        ('scope.phi.permitted = ["role: "]', "scope.phi.permitted, entry 1: must name the role after role:"),
        ("scope.phi = {}", "scope.phi: names no databases, schemas, tables, datasets or dashboards"),
        ('scope.phi.schemas = ["a.b.c"]', "scope.phi.schemas, entry 1: must be schema or database.schema"),
        ('scope.phi.dashboards = ["tag: "]', "scope.phi.dashboards, entry 1: must name the tag after tag:"),
        ('scope.phi = {reason = "x", tables = ["a"]}', "scope.phi.reason: is only for none = true; remove it"),
        ('scope."<name>".tables = ["x"]', 'scope."<name>": no such table; known here are phi, chd, sensitive'),
        ('limits."\\u001b[31m" = 1', 'limits."\\u{1b}[31m": no such key; known here are memory, threads'),
        ("limits.now = 1", "limits.now: no such key; did you mean now?"),
        ("thresholds.q.p = 1979-05-27", "thresholds.q.p: must be a number, text or true or false, not a date or time"),
        ("thresholds.q.p = 9223372036854775808", "thresholds.q.p: must be a finite number of 64 bits"),
        ("thresholds.q.P = 1", "thresholds.q.P: no such key; did you mean thresholds.q.p?"),
        ("limits.threads = true", "limits.threads: must be a whole number from 1 to 256"),
        ("source.retries = 11", "source.retries: must be a whole number from 0 to 10"),
        ('limits.memory = "0GB"', "limits.memory: must be an amount such as 512MB or 2GB"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_used_says_why(here: Path, line: str, problem: str) -> None:
    assert problems(here, line) == [f"auditctl.toml:1: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('a = 1\nb = "x\n', "2: this is not TOML: "),
        ("a = 1\na = 2\n", "2: this is not TOML: "),
        ("a = 1\n\nb = [1,\n", "3: this is not TOML: "),
        ("a = 1\nb = 1979-02-30\n", "2: this is not TOML: "),
        ("a = 1\nb = " + "9" * 5000, " this is not TOML: a number has too many digits"),
        ("a = " + "[" * 5000 + "]" * 5000, " the settings are nested too deeply"),
    ],
)
def test_what_is_not_toml_is_said_with_its_line(here: Path, text: str, problem: str) -> None:
    [said] = problems(here, text)
    assert said.startswith(f"auditctl.toml:{problem}")


def test_what_is_not_utf8_is_said_with_its_line(here: Path) -> None:
    (here / "auditctl.toml").write_bytes(b'[report]\norganisation = "Caf\xe9"\n')
    with pytest.raises(SettingsError) as error:
        load_settings(None, {})
    assert error.value.diagnostics() == ["auditctl.toml:2: the settings are not UTF-8 text"]


def test_a_file_as_windows_editors_write_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeff[report]\r\norganisation = "Café"\r\n')
    assert load_settings(path, {}).report.organisation == "Café"


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_given_file_must_be_readable(here: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="the settings cannot be read") as error:
        load_settings(Path(name), {})
    assert error.value.diagnostics()[0].startswith(f"{name}: ")


def test_a_default_file_that_is_a_broken_link_is_not_overlooked(here: Path) -> None:
    (here / "auditctl.toml").symlink_to(here / "gone.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(None, {})


def test_a_later_error_can_say_where_a_key_stands(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, EVERYTHING), {})
    assert settings.where("inputs", "leavers") == f"{tmp_path}/auditctl.toml:21"
    assert settings.where("scope", "phi", "datasets", 1) == f"{tmp_path}/auditctl.toml:29"
    assert settings.where("limits", "colour") == f"{tmp_path}/auditctl.toml:45"
    assert settings.where("nothing") == f"{tmp_path}/auditctl.toml"
    assert Settings().where("now") == "auditctl.toml"


def test_every_key_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    for key in KEYS:
        default = f"`{key.default}`" if key.default else ""
        assert f"| `{key.name}` | {key.type} | {default} | {key.meaning} |" in page
    for variable, name in ENVIRONMENT.items():
        assert f"| `{variable}` | `{name}` |" in page


def test_the_example_on_the_page_is_accepted(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/settings.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert load_settings(write(tmp_path, example), {}).report.fiscal_year_start == (10, 1)
