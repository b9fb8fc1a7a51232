"""One report, issued once: the same again, one that was changed, another's folder, and a new issue with a reason."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pypdf
import pytest

from .command import CommandLine, Demo, Finished, Pack, contents
from .conftest import GENERATED_AT


@pytest.fixture
def out(pack: Pack, tmp_path: Path) -> Path:
    """Return a folder in which the pack was issued."""
    shutil.copytree(pack.folder, tmp_path / "out" / pack.folder.name)
    return tmp_path / "out"


def report(auditctl: CommandLine, demo: Demo, out: Path, *options: str) -> Finished:
    command = ("--config", demo.settings, "report", "soc2", "--no-pdf", "--period", "Q3", "--out", "out")
    return auditctl(*command, *options, cwd=out.parent)


@pytest.mark.parametrize(
    ("options", "code"), [((), 0), (("--fail-on", "exceptions"), 1), (("--fail-on", "not-evidenced"), 4)]
)
def test_the_same_report_is_not_written_twice(
    options: tuple[str, ...], code: int, auditctl: CommandLine, demo: Demo, out: Path
) -> None:
    before = contents(out)
    result = report(auditctl, demo, out, *options)
    assert result.code == code
    assert "out/soc2-2026-Q3 is this report already, and verifies: nothing was written" in result.err
    assert "out/soc2-2026-Q3/report.pdf" in result.out
    assert contents(out) == before


def test_the_same_report_that_was_changed_is_an_integrity_failure(auditctl: CommandLine, demo: Demo, out: Path) -> None:
    page = out / "soc2-2026-Q3" / "report.html"
    page.write_bytes(page.read_bytes().replace(b"kneumann", b"nobody42"))
    before = contents(out)
    result = report(auditctl, demo, out)
    assert (result.code, result.out) == (5, "")
    assert "report.html" in result.complaints[-1]
    assert contents(out) == before


@pytest.mark.parametrize("other", ["a folder of somebody's", "the report under other settings"])
def test_another_folder_of_that_name_is_never_replaced(
    other: str, auditctl: CommandLine, demo: Demo, out: Path
) -> None:
    options: tuple[str, ...] = ()
    if other == "a folder of somebody's":
        shutil.rmtree(out / "soc2-2026-Q3")
        (out / "soc2-2026-Q3").mkdir()
    else:
        (out.parent / "leavers.csv").write_text("username,email,left_on\nyaydin,,2026-07-31\n", encoding="utf-8")
        options = ("--leavers", "leavers.csv")
    before = contents(out)
    result = report(auditctl, demo, out, *options)
    assert (result.code, result.out) == (6, "")
    assert '--reissue "reason"' in result.complaints[-1]
    assert contents(out) == before


def test_a_new_issue_says_what_it_supersedes_and_why(auditctl: CommandLine, demo: Demo, out: Path) -> None:
    text = "# as of: 2026-09-01\n# from: HR\nusername,email,left_on\nyaydin,,2026-07-31\n"
    (out.parent / "leavers.csv").write_text(text, encoding="utf-8")
    before = contents(out)
    options = ("--leavers", "leavers.csv", "--reissue", "the leavers file was wrong", "--fail-on", "exceptions")
    result = report(auditctl, demo, out, *options)
    assert result.code == 1
    after = contents(out)
    assert {name: data for name, data in after.items() if name.startswith("soc2-2026-Q3/")} == before
    manifest = json.loads(after["soc2-2026-Q3.r2/manifest.json"])
    assert manifest["supersedes"] == "soc2-2026-Q3: the leavers file was wrong"
    assert (manifest["name"], manifest["status"]) == ("soc2-2026-Q3.r2", "FINAL")
    assert "the leavers file was wrong" in after["soc2-2026-Q3.r2/report.html"].decode()
    assert b"yaydin" in after["soc2-2026-Q3.r2/evidence/leavers_active/exceptions.csv"]
    given = json.loads(after["soc2-2026-Q3.r2/method/inputs.json"])
    (leavers,) = (file for file in given if file["name"] == "leavers")
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert leavers == {
        "name": "leavers",
        "file": "leavers.csv",
        "sha256": digest,
        "rows": 1,
        "as_of": "2026-09-01",
        "origin": "HR",
        "note": "",
    }
    assert manifest["inputs"] == given
    note = "The leavers file is as of 2026-09-01, 30 days before the period's end."
    assert f"auditctl: {note}\n" in result.err
    assert note in json.loads(after["soc2-2026-Q3.r2/report.json"])["input_notes"]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_new_issue_needs_a_reason(reason: str, auditctl: CommandLine, demo: Demo, out: Path) -> None:
    before = contents(out)
    result = report(auditctl, demo, out, "--reissue", reason)
    assert (result.code, result.out, contents(out)) == (2, "", before)


def test_a_first_issue_is_no_new_issue(auditctl: CommandLine, demo: Demo, out: Path) -> None:
    shutil.rmtree(out / "soc2-2026-Q3")
    result = report(auditctl, demo, out, "--reissue", "because")
    assert (result.code, result.out, contents(out)) == (2, "", {})
    assert "there is no soc2-2026-Q3 in out to issue once more" in result.err


def test_a_saved_population_gives_the_same_bytes_again(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    again = ("--population", str(pack.folder / "population"), "--with-population", "--generated-at", GENERATED_AT)
    result = auditctl("--config", demo.settings, "report", "soc2", "--out", "again", *again, cwd=tmp_path)
    assert result.code == 0
    first, second = contents(pack.folder), contents(tmp_path / "again" / pack.folder.name)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_the_pdf_is_of_the_kind_that_was_asked_for(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    again = ("--population", str(pack.folder / "population"), "--pdf-variant", "pdf/ua-1")
    result = auditctl("--config", demo.settings, "report", "soc2", *again, cwd=tmp_path)
    assert result.code == 0

    def is_archive(folder: Path) -> bool:
        root = pypdf.PdfReader(folder / "report.pdf").trailer["/Root"]
        return b"pdfaid" in root["/Metadata"].get_data()  # type: ignore[index]

    assert (is_archive(pack.folder), is_archive(tmp_path / pack.folder.name)) == (True, False)


def test_a_pack_that_was_asked_for_without_a_pdf_has_all_else_and_points_to_its_html(
    auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    again = ("--population", str(pack.folder / "population"), "--with-population", "--no-pdf")
    made = auditctl("--config", demo.settings, "report", "soc2", *again, cwd=tmp_path)
    folder = tmp_path / pack.folder.name
    assert (made.code, made.out.splitlines()[-2]) == (0, f"HTML       {pack.folder.name}/report.html")
    assert contents(pack.folder).keys() - contents(folder).keys() == {"report.pdf"}
    assert "report.pdf" not in (folder / "README.txt").read_text(encoding="utf-8")
    assert auditctl("verify", str(folder), cwd=tmp_path).code == 0
