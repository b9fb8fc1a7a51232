"""SQL in evidence: redacted under a key that no pack holds, as a hash, or in full and then said on every page."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pyarrow.parquet as pq
from pypdf import PdfReader

from .command import FIXTURE, CommandLine, Demo, Pack, contents

STATEMENTS = ("sql-statements", "--since", "24h", "--format", "jsonl")
REPORT = ("report", "soc2", "--period", "Q3")
FULL = "SQL shown in full"


def statements(out: str) -> dict[str, str]:
    """Return row -> how its statement is shown."""
    return {row["source_ref"]: row["sql_text"] for row in map(json.loads, out.splitlines())}


def own_demo(demo: Demo, folder: Path) -> Path:
    """Return the settings of a copy of the demo, without a key."""
    shutil.copytree(demo.folder, folder, ignore=shutil.ignore_patterns("redaction.key"))
    return folder / "auditctl.toml"


def test_a_pack_names_the_key_and_never_holds_it(pack: Pack, demo: Demo) -> None:
    key = (demo.folder / "redaction.key").read_text().strip()
    files = contents(pack.folder)
    assert [name for name, data in files.items() if key.encode() in data or bytes.fromhex(key) in data] == []
    shown = json.loads(files["manifest.json"])["sql"]
    assert shown["shown"] == "redacted"
    assert shown["redaction_key"].encode() in files["report.html"]
    cover = PdfReader(pack.folder / "report.pdf").pages[0].extract_text()
    assert "Redacted is not de-identified" in " ".join(cover.split())
    assert FULL not in cover


def test_no_literal_of_the_real_databases_statements_is_in_any_file_of_a_pack(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    literals = ("E11", "SKU1", "SELEC 1")
    with closing(sqlite3.connect(FIXTURE)) as database:
        texts = " ".join(sql for (sql,) in database.execute("SELECT sql FROM query"))
    assert [literal for literal in literals if literal not in texts] == []
    report = ("report", "hipaa", "--period", "2026-11", "--with-population", "--out", "packs")
    assert auditctl.on_fixture(*report, cwd=tmp_path).code in (0, 4)
    files = contents(tmp_path / "packs")
    (pdf,) = (tmp_path / "packs").glob("*/report.pdf")
    (xlsx,) = (tmp_path / "packs").glob("*/report.xlsx")
    files["pdf as text"] = "".join(page.extract_text() for page in PdfReader(pdf).pages).encode()
    with ZipFile(xlsx) as book:
        tags = re.compile(rb"<[^>]*>")  # E11 is also the name of a cell
        files |= {f"xlsx {name}": tags.sub(b" ", book.read(name)) for name in book.namelist()}
    for parquet in (tmp_path / "packs").glob("*/population/*.parquet"):
        files[f"rows of {parquet.name}"] = str(pq.read_table(parquet).to_pylist()).encode()
    assert b"<sql:" in files["rows of statements.parquet"]
    assert [(name, word) for name, data in files.items() for word in literals if word.encode() in data] == []


def test_as_hash_equal_statements_stay_equal(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_text('[report]\nsql = "hash"\n')
    shown = statements(auditctl.on_fixture(*STATEMENTS, cwd=tmp_path).out)
    assert shown["query:1"].startswith("<sql:")
    assert len(set(shown.values())) == 8
    assert shown == statements(auditctl.on_fixture(*STATEMENTS, cwd=tmp_path).out)


def test_a_query_shows_sql_in_full_when_asked_and_says_so(auditctl: CommandLine, tmp_path: Path) -> None:
    result = auditctl.on_fixture(*STATEMENTS, "--full-sql", cwd=tmp_path)
    shown = statements(result.out)
    assert shown["query:1"] == "SELECT id, full_name, ssn FROM patients WHERE diagnosis = 'E11'"
    assert shown["query:3"] == "SELEC 1"
    assert "SQL is shown in full." in result.complaints
    assert list(tmp_path.iterdir()) == []


def test_a_settings_file_alone_never_gives_full(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "auditctl.toml").write_text('[report]\nsql = "full"\n')
    result = auditctl.on_fixture(*STATEMENTS, cwd=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.complaints == [
        "auditctl: auditctl.toml:2: report.sql: cannot be full: leave it out and call with --full-sql"
    ]


def test_a_query_without_sql_needs_no_key_and_has_no_such_flag(auditctl: CommandLine, tmp_path: Path) -> None:
    assert auditctl.on_fixture("access-listing", cwd=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []
    assert auditctl.on_fixture("access-listing", "--full-sql", cwd=tmp_path).code == 2


def test_a_key_that_others_can_read_is_refused_before_anything_is_written(
    auditctl: CommandLine, tmp_path: Path
) -> None:
    assert statements(auditctl.on_fixture(*STATEMENTS, cwd=tmp_path).out)["query:1"]
    (tmp_path / "redaction.key").chmod(0o644)
    result = auditctl.on_fixture(*STATEMENTS, cwd=tmp_path)
    assert (result.code, result.out, len(result.complaints)) == (2, "", 1)
    assert "chmod 600 redaction.key" in result.err


def test_each_page_of_a_full_report_says_so_and_it_is_another_report(
    auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    settings = own_demo(demo, tmp_path / "demo")
    out = tmp_path / "full"
    report = ("--config", str(settings), *REPORT, "--out", str(out))
    made = auditctl(*report, "--full-sql", cwd=tmp_path)
    assert made.code in (0, 4)
    (folder,) = out.iterdir()
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(folder / "report.pdf").pages]
    assert [number for number, page in enumerate(pages) if FULL not in page] == []
    assert FULL in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((folder / "report.json").read_text())["population"]["sql"]["shown"] == "full"
    assert not (settings.parent / "redaction.key").exists()

    again = auditctl(*report, cwd=tmp_path)
    assert again.code == 6  # redacted is not the same report
    assert "--reissue" in again.err


def test_a_saved_population_needs_no_key_and_cannot_be_shown_in_full(
    auditctl: CommandLine, pack: Pack, demo: Demo, tmp_path: Path
) -> None:
    settings = own_demo(demo, tmp_path / "demo")
    report = ("--config", str(settings), "report", "soc2", "--no-pdf", "--population", str(pack.folder / "population"))
    refused = auditctl(*report, "--out", str(tmp_path / "no"), "--full-sql", cwd=tmp_path)
    assert (refused.code, len(refused.complaints)) == (2, 1)
    assert "does not hold SQL in full" in refused.err
    made = auditctl(*report, "--out", str(tmp_path / "out"), cwd=tmp_path)
    assert made.code in (0, 4)
    (folder,) = (tmp_path / "out").iterdir()
    theirs = json.loads((pack.folder / "manifest.json").read_text())
    assert json.loads((folder / "manifest.json").read_text())["sql"] == theirs["sql"]
    assert not (settings.parent / "redaction.key").exists()
