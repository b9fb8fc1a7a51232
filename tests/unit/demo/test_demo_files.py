from __future__ import annotations

import csv
import sqlite3
import tomllib
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditctl.demo.generate import DemoFiles, DemoOptions, write_demo
from auditctl.errors import OutputError, UsageError

from .made import UNTIL, Demo

FIXTURE = Path(__file__).parents[2] / "data" / "superset-6.1-metadata.sqlite"
SMALL = DemoOptions(until=UNTIL, events=300)


def schema(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return sorted(rows.fetchall())


def contents(files: DemoFiles) -> tuple[list[str], list[bytes]]:
    with closing(sqlite3.connect(files.database)) as database:
        dump = list(database.iterdump())
    return dump, [path.read_bytes() for path in files.paths() if path != files.database]


def test_the_schema_is_the_one_that_superset_made(demo: Demo) -> None:
    assert schema(demo.files.database) == schema(FIXTURE)
    assert demo.column("SELECT version_num FROM alembic_version") == ["4b2a8c9d3e1f"]


def test_the_same_options_make_the_same_demo(tmp_path: Path) -> None:
    assert contents(write_demo(tmp_path / "a", SMALL)) == contents(write_demo(tmp_path / "b", SMALL))


def test_another_seed_makes_another_demo(tmp_path: Path) -> None:
    first, second = (write_demo(tmp_path / str(seed), replace(SMALL, seed=seed)) for seed in (1, 2))
    assert contents(first)[0] != contents(second)[0]
    assert first.leavers.read_bytes() == second.leavers.read_bytes()


def test_the_settings_point_at_the_files_beside_them(demo: Demo) -> None:
    settings = tomllib.loads(demo.files.settings.read_text(encoding="utf-8"))
    assert settings["now"] == "2026-11-24T12:00:00Z"
    source = {"url": "sqlite:///metadata.sqlite", "alias": "main", "server_zone": "UTC"}
    assert settings["source"] == {**source, "in_service_since": date(2024, 6, 3)}
    assert settings["report"]["domains"] == ["example.com"]
    assert settings["inputs"] == {"leavers": "leavers.csv", "approved_admins": "approved_admins.csv"}
    assert settings["scope"]["phi"]["permitted"] == ["lhoffmann", "role:Clinician"]
    folder = demo.files.settings.parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in demo.files.paths())


def test_the_leavers_are_one_in_use_two_closed_and_one_unknown(demo: Demo) -> None:
    with demo.files.leavers.open(encoding="utf-8", newline="") as file:
        assert [next(file), next(file)] == ["# as of: 2026-11-24\n", "# from: Example Health, Human Resources\n"]
        rows = list(csv.DictReader(file))
    assert [(row["username"], row["left_on"]) for row in rows] == [
        ("oschulz", "2026-07-06"),
        ("kneumann", "2026-07-31"),
        ("rfriedrich", "2026-07-31"),
        ("vnovak", "2026-09-04"),
    ]
    known = "SELECT username, active FROM ab_user WHERE email IN (?, ?, ?, ?) ORDER BY username"
    assert demo.rows(known, *[row["email"] for row in rows]) == [("kneumann", 1), ("oschulz", 0), ("vnovak", 0)]


@pytest.mark.parametrize("name", ["metadata.sqlite", "auditctl.toml"])
def test_a_demo_never_overwrites(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="is there already"):
        write_demo(tmp_path, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_cannot_be_made_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="cannot write a demo to"):
        write_demo(tmp_path / "file" / "demo", SMALL)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("auditctl.demo.generate.fill_schedules", break_off)
    with pytest.raises(KeyboardInterrupt):
        write_demo(tmp_path, SMALL)
    assert list(tmp_path.iterdir()) == []


def test_options_that_cannot_be_meant_are_refused() -> None:
    with pytest.raises(UsageError, match="no time zone"):
        DemoOptions(until=datetime(2026, 11, 24))  # noqa: DTZ001
    with pytest.raises(UsageError, match="-1 events"):
        DemoOptions(until=datetime(2026, 11, 24, tzinfo=UTC), events=-1)
