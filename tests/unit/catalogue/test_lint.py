from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from auditctl.catalogue.index import load_index
from auditctl.catalogue.lint import lint, write_lock
from auditctl.catalogue.load import load_catalogue
from auditctl.errors import CatalogueError, OutputError, UsageError

Edit = Callable[[str, str, str], None]
WriteQuery = Callable[..., Path]
FILE = "sign_in/failed_logins.sql"
GOOD = "SELECT source_ref FROM events ORDER BY source_ref\n"
REMEDY = "run 'auditctl queries lint --write'"


def test_a_catalogue_without_lock_and_index_is_told_to_write_them(root: Path) -> None:
    assert lint(root=root) == [
        f"queries/catalogue.lock.json:1: there is no lock; {REMEDY}",
        f"queries/index.json:1: not as the headers are; {REMEDY}",
    ]
    assert write_lock(root) == (root / "catalogue.lock.json", root / "index.json")
    assert lint(root=root) == []
    assert sorted(path.name for path in root.glob("*.*")) == [
        "actions.toml",
        "capabilities.toml",
        "catalogue.lock.json",
        "index.json",
    ]


def test_the_lock_holds_version_and_hash_of_queries_and_the_hash_of_all_else(root: Path) -> None:
    write_lock(root)
    stored = json.loads((root / "catalogue.lock.json").read_text(encoding="utf-8"))
    query = load_catalogue(root=root).queries["failed_logins"]
    assert stored["queries"] == {"failed_logins": {"sha256": query.sha256, "version": 1}}
    assert list(stored["files"]) == [
        "actions.toml",
        "capabilities.toml",
        "controls/soc2.toml",
        "relations/schema.toml",
        "relations/superset/tables.toml",
    ]


def test_an_edited_query_must_raise_its_version(root: Path, edit: Edit) -> None:
    write_lock(root)
    edit(FILE, "Failed sign-ins", "Rejected sign-ins")
    assert lint(root=root) == [
        f"queries/catalogue.lock.json:1: not as the files are (failed_logins); {REMEDY}",
        f"queries/index.json:1: not as the headers are; {REMEDY}",
        f"queries/{FILE}:3: the query changed, version 1 did not; raise version",
    ]
    edit(FILE, "version = 1", "version = 2")
    assert lint(root=root) == [
        f"queries/catalogue.lock.json:1: not as the files are (failed_logins); {REMEDY}",
        f"queries/index.json:1: not as the headers are; {REMEDY}",
    ]
    write_lock(root)
    assert lint(root=root) == []


def test_an_edited_capability_a_new_and_a_removed_query_are_named(
    root: Path, edit: Edit, write_query: WriteQuery
) -> None:
    write_query(GOOD, name="gone")
    write_lock(root)
    (root / "data/gone.sql").unlink()
    write_query(GOOD, name="new")
    edit("capabilities.toml", "Install the recorder.", "Add the recorder.")
    assert f"queries/catalogue.lock.json:1: not as the files are (capabilities.toml, gone, new); {REMEDY}" in lint(
        root=root
    )


def test_a_broken_catalogue_is_not_locked(root: Path, edit: Edit) -> None:
    edit(FILE, "ORDER BY occurred_at, source_ref", "ORDER BY occurred_at")
    with pytest.raises(CatalogueError, match=r"failed_logins\.sql:32: ORDER BY does not end with the key"):
        write_lock(root)
    assert not (root / "catalogue.lock.json").exists()


def test_a_lock_that_cannot_be_read_is_said_and_can_be_written_anew(root: Path) -> None:
    (root / "catalogue.lock.json").write_text('{"queries": []}', encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"catalogue\.lock\.json:1: the lock cannot be read"):
        load_catalogue(root=root)
    write_lock(root)
    assert lint(root=root) == []


def test_a_folder_that_cannot_be_written_is_an_output_error(root: Path) -> None:
    (root / ".catalogue.lock.json.partial").mkdir()
    with pytest.raises(OutputError, match=r"cannot write queries/catalogue\.lock\.json"):
        write_lock(root)


def test_loading_checks_the_sql_of_edited_queries_and_lint_that_of_all(root: Path, edit: Edit) -> None:
    write_lock(root)
    edit("relations/schema.toml", 'username = { type = "text", meaning = "Who." }\n', "")
    load_catalogue(root=root)
    assert any(line.startswith(f"queries/{FILE}:26: not SQL that runs") for line in lint(root=root))
    edit(FILE, "Failed sign-ins", "Rejected sign-ins")
    with pytest.raises(CatalogueError, match=r"failed_logins\.sql:26: not SQL that runs"):
        load_catalogue(root=root)


def test_the_sql_of_a_users_query_is_always_checked(root: Path, write_query: WriteQuery, tmp_path: Path) -> None:
    write_lock(root)
    write_query("SELECT source_ref FROM events", name="own", folder=tmp_path / "mine")
    expected = "mine/own.sql:13: no ORDER BY; end with ORDER BY ..., source_ref"
    assert lint(tmp_path / "mine", root) == [expected]
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path / "mine", root)
    assert caught.value.diagnostics() == [expected]


def test_lint_of_a_folder_that_is_not_there_is_a_usage_error(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        lint(tmp_path / "missing", root)


def test_the_index_lists_commands_sorted_with_those_of_the_user(
    root: Path, write_query: WriteQuery, tmp_path: Path
) -> None:
    write_query(GOOD, name="acts")
    before = load_index(root)
    write_lock(root)
    assert load_index(root) == before
    write_query(GOOD, name="deeds", folder=tmp_path / "mine")
    (tmp_path / "mine/broken.sql").write_text("-- /// audit\n", encoding="utf-8")
    entries = load_index(root, tmp_path / "mine")
    assert [(entry.command, entry.kind, entry.area) for entry in entries] == [
        ("acts", "listing", "data"),
        ("deeds", "listing", "custom"),
        ("failed-logins", "indicator", "sign_in"),
    ]
    assert entries[2].title == "Failed sign-ins"
    assert entries[2].purpose == "Every rejected attempt."


def test_an_index_that_cannot_be_read_says_how_to_mend_it(root: Path) -> None:
    (root / "index.json").write_text('[{"id": "x"}]', encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"queries/index\.json:1: the index cannot be read; run 'auditctl queries"):
        load_index(root)


def test_the_index_is_read_without_the_libraries_that_queries_need(root: Path) -> None:
    write_lock(root)
    code = (
        "import sys; from pathlib import Path; from auditctl.catalogue.index import load_index;"
        f"assert load_index(Path({str(root)!r}));"
        "sys.exit(', '.join({'sqlglot', 'duckdb', 'pyarrow'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
