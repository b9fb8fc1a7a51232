from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from auditctl.catalogue.lint import write_lock
from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import ColumnType, Kind, Time
from auditctl.errors import CatalogueError, UsageError

Edit = Callable[[str, str, str], None]
WriteQuery = Callable[..., Path]
GOOD = "SELECT source_ref FROM events ORDER BY source_ref\n"


def problems(root: Path, extra: Path | None = None) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(extra, root)
    return caught.value.diagnostics()


def test_a_whole_catalogue_is_read_as_it_is_written(root: Path) -> None:
    catalogue = load_catalogue(root=root)
    query = catalogue.queries["failed_logins"]
    assert (query.version, query.kind, query.time, query.area, query.shipped) == (
        1,
        Kind.INDICATOR,
        Time.PERIOD,
        "sign_in",
        True,
    )
    assert query.reads == ("sign_ins",)
    assert query.key == ("source_ref",)
    assert [(p.name, p.type, p.default) for p in query.parameters] == [
        ("since", ColumnType.DATETIME, None),
        ("until", ColumnType.DATETIME, None),
        ("threshold", ColumnType.INTEGER, 5),
    ]
    assert [column.name for column in query.columns][-1] == "source_ref"
    assert query.sql.startswith("SELECT\n    occurred_at,")
    assert query.sql.endswith("ORDER BY occurred_at, source_ref")
    assert query.sha256 == hashlib.sha256((root / "sign_in/failed_logins.sql").read_bytes()).hexdigest()
    framework = catalogue.frameworks["soc2"]
    assert [control.id for control in framework.controls] == ["SOC2:CC6.2", "SOC2:A1.1"]
    assert [test.absence for test in framework.controls[0].tests] == ["not_evidenced", "finding"]
    assert catalogue.capabilities["sign_in_failures"].actions == ("sign_in_*",)
    assert catalogue.discriminators == {"log": "event_name"}


def test_a_relation_comes_after_those_that_it_reads(root: Path) -> None:
    assert list(load_catalogue(root=root).relations) == ["events", "sign_ins"]


def test_the_sql_of_a_relation_is_found_by_its_name(root: Path) -> None:
    path = root / "relations/superset/events.sql"
    path.write_text("SELECT 1", encoding="utf-8")
    (root / "relations/superset/macros.sql").write_text("CREATE MACRO one() AS 1;", encoding="utf-8")
    catalogue = load_catalogue(root=root)
    assert catalogue.relations["events"].sql == "SELECT 1"
    assert catalogue.relations["sign_ins"].sql is None
    assert catalogue.macros == "CREATE MACRO one() AS 1;"
    path.rename(path.with_name("event.sql"))
    assert problems(root) == [
        "queries/relations/superset/event.sql:1: fills no relation of schema.toml; add it there or remove the file"
    ]


def test_every_error_of_every_file_is_reported_at_once_with_its_line(root: Path, edit: Edit) -> None:
    edit("sign_in/failed_logins.sql", 'reads = ["sign_ins"]', 'reads = ["sign_in"]')
    edit("controls/soc2.toml", 'noun = "criterion"', 'nuon = "criterion"')
    edit("capabilities.toml", 'kind = "declared"', 'kind = "declare"')
    edit("actions.toml", 'outcome = "failed"', 'outcome = "fail"')
    found = problems(root)
    assert "queries/sign_in/failed_logins.sql:8: unknown relation 'sign_in'; did you mean 'sign_ins'?" in found
    assert "queries/controls/soc2.toml:5: unknown key 'nuon'; did you mean 'noun'?" in found
    assert "queries/controls/soc2.toml:2: 'noun' is missing; add it" in found
    assert "queries/capabilities.toml:12: 'kind' cannot be 'declare'; did you mean 'declared'?" in found
    assert "queries/actions.toml:5: 'outcome' cannot be 'fail'; did you mean 'failed'?" in found
    assert found == sorted(found, key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


def test_a_message_that_quotes_hidden_characters_stays_one_visible_line(root: Path, edit: Edit) -> None:
    edit("capabilities.toml", '"sign_in_*"', '"sign\\u001b[2J\\n"')
    assert problems(root) == [
        "queries/capabilities.toml:6: no action is called like 'sign\\u{1b}[2J\\u{a}'; see actions.toml"
    ]


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "actions.toml").unlink()
    assert problems(root) == ["queries/actions.toml:1: there is no such file; restore it"]


def test_a_file_that_is_not_utf8_is_named_with_the_line(root: Path) -> None:
    path = root / "sign_in/failed_logins.sql"
    path.write_bytes(path.read_bytes().replace(b"Failed sign-ins", b"Failed sign-ins \xff"))
    assert "queries/sign_in/failed_logins.sql:4: not UTF-8; save it as UTF-8" in problems(root)


def test_a_broken_query_is_not_also_called_unknown(root: Path, edit: Edit) -> None:
    edit("sign_in/failed_logins.sql", "-- /// audit", "-- /// audti")
    found = problems(root)
    assert len(found) == 1
    assert found[0].startswith("queries/sign_in/failed_logins.sql:1: no header;")


def test_a_users_query_is_added_and_told_apart(root: Path, write_query: WriteQuery, tmp_path: Path) -> None:
    write_query(GOOD, name="own", folder=tmp_path / "mine")
    write_query(GOOD, name="own_too", folder=tmp_path / "mine/finance")
    (tmp_path / "mine/.hidden.sql").write_text("no query", encoding="utf-8")
    catalogue = load_catalogue(tmp_path / "mine", root)
    assert list(catalogue.queries) == ["failed_logins", "own", "own_too"]
    assert (catalogue.queries["own"].area, catalogue.queries["own_too"].area) == ("custom", "finance")
    assert not catalogue.queries["own"].shipped


def test_a_users_query_cannot_take_the_id_of_a_shipped_one(root: Path, write_query: WriteQuery, tmp_path: Path) -> None:
    write_query(GOOD, name="failed_logins", folder=tmp_path / "mine")
    assert problems(root, tmp_path / "mine") == [
        "mine/failed_logins.sql:2: query 'failed_logins' is also in queries/sign_in/failed_logins.sql;"
        " give one another id"
    ]


def test_a_users_framework_is_added_but_cannot_replace_a_shipped_one(root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine/controls"
    mine.mkdir(parents=True)
    shipped = (root / "controls/soc2.toml").read_text(encoding="utf-8")
    (mine / "our_own.toml").write_text(shipped.replace('"soc2"', '"our-own"'), encoding="utf-8")
    catalogue = load_catalogue(tmp_path / "mine", root)
    assert [(f.id, f.shipped) for f in catalogue.frameworks.values()] == [("our-own", False), ("soc2", True)]
    (mine / "soc2.toml").write_text(shipped, encoding="utf-8")
    assert problems(root, tmp_path / "mine") == [
        "mine/controls/soc2.toml:3: framework 'soc2' is also in queries/controls/soc2.toml; give one another id"
    ]


def test_a_catalogue_folder_that_is_not_there_is_a_usage_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder missing"):
        load_catalogue(tmp_path / "missing", root)


def test_a_path_outside_the_working_folder_is_shown_as_given(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "actions.toml").unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert problems(Path("../queries")) == ["../queries/actions.toml:1: there is no such file; restore it"]


def test_the_hash_of_a_catalogue_changes_with_any_file_and_not_with_line_ends(root: Path) -> None:
    first = load_catalogue(root=root).sha256
    assert load_catalogue(root=root).sha256 == first
    path = root / "capabilities.toml"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(text.replace("\n", "\r\n").encode())
    assert load_catalogue(root=root).sha256 == first
    path.write_text(text + "# a remark\n", encoding="utf-8")
    assert load_catalogue(root=root).sha256 != first


def test_the_hash_of_a_catalogue_covers_the_users_files(root: Path, write_query: WriteQuery, tmp_path: Path) -> None:
    path = write_query(GOOD, name="own", folder=tmp_path / "mine")
    first = load_catalogue(tmp_path / "mine", root).sha256
    assert load_catalogue(root=root).sha256 != first
    path.write_text(path.read_text(encoding="utf-8") + "-- a remark\n", encoding="utf-8")
    assert load_catalogue(tmp_path / "mine", root).sha256 != first


def test_a_locked_catalogue_loads_without_the_sql_libraries(root: Path) -> None:
    write_lock(root)
    code = (
        "import sys; from pathlib import Path; from auditctl.catalogue.load import load_catalogue;"
        f"load_catalogue(root=Path({str(root)!r}));"
        "sys.exit(', '.join({'sqlglot', 'duckdb', 'pyarrow'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_the_nearest_query_and_framework_are_offered(root: Path) -> None:
    catalogue = load_catalogue(root=root)
    assert catalogue.find_query("failed-logins") is catalogue.find_query("failed_logins")
    with pytest.raises(UsageError, match="unknown query 'failed-login': did you mean 'failed-logins'\\?"):
        catalogue.find_query("failed-login")
    assert catalogue.find_framework("soc2").id == "soc2"
    with pytest.raises(UsageError, match="unknown framework 'sock2': did you mean 'soc2'\\?"):
        catalogue.find_framework("sock2")
    with pytest.raises(UsageError, match="unknown framework 'zzz': known: soc2"):
        catalogue.find_framework("zzz")
