"""What the pages of a report say, and what no file of a pack may hold."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from .command import Demo, Pack, contents

COMPLETENESS = (
    "The extraction agrees with the tables at the read point. This does not show that the tables held every event: "
    "Superset drops a row silently when logging fails, users can suppress or alter rows, and pruning leaves no trace."
)
GAP = "2026-07-01 00:00 to 2026-08-12 09:00"


def _html(folder: Path) -> str:
    page = (folder / "report.html").read_text(encoding="utf-8")
    body = re.sub(r"<style.*?</style>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def _pdf(folder: Path) -> str:
    return " ".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages)


@pytest.mark.parametrize("read", [_html, _pdf])
def test_a_page_says_the_gap_the_names_and_what_completeness_means(read: object, pack: Pack, demo: Demo) -> None:
    assert callable(read)
    text = "".join(read(pack.folder).split())  # a PDF breaks lines where it must

    def says(sentence: str) -> bool:
        return "".join(sentence.split()) in text

    assert says(GAP)
    assert says(COMPLETENESS)
    assert says("Result of management's own procedures on Superset data")
    for fact in ("leaver", "unapproved_admin", "burst_then_success", "phi_export_outside_list", "night_deletion"):
        assert says(demo.fact(fact)["username"])
    for control in pack.report["controls"]:
        headline, _, counts = control["sentence"].partition(":")
        assert says(headline + counts)
    lower = text.casefold()
    assert [word for word in ("compliant", "100%", "passed") if word in lower] == []


def test_no_secret_is_in_any_file_of_a_pack(pack: Pack, demo: Demo) -> None:
    source = (demo.folder / "metadata.sqlite").read_bytes()
    assert b"CANARY-demo-db-password" in source
    assert b"CANARY-demo-user-password" in source
    assert [name for name, data in contents(pack.folder).items() if b"CANARY" in data] == []
    assert "CANARY" not in _pdf(pack.folder)


def test_no_literal_of_a_statement_is_in_any_file_of_evidence(pack: Pack, demo: Demo) -> None:
    with closing(sqlite3.connect(demo.folder / "metadata.sqlite")) as database:
        texts = [sql for (sql,) in database.execute("SELECT DISTINCT sql FROM query")]
    assert any("'E11'" in sql for sql in texts)
    literals = {literal for sql in texts for literal in re.findall(r"'[^']*'", sql)}
    found = [
        (name, literal)
        for name, data in contents(pack.folder / "evidence").items()
        if name.endswith(".csv")
        for literal in literals
        if literal.encode() in data
    ]
    assert found == []
    ran = " ".join(row["sql_text"] for row in pack.rows("sql_statements"))
    assert re.search(r"<text:[0-9a-f]{10}>", ran)
    assert re.search(r"[=<>] ?\d", ran) is None
