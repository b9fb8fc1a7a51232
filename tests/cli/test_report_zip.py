"""`report --zip`: the pack as one file to hand over, which every command reads as it reads the folder."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from .command import CommandLine, Demo, Pack, contents


@pytest.fixture(scope="module")
def zipped(auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the zip of the demo's pack, made by asking for the same report once more."""
    folder = tmp_path_factory.mktemp("zipped")
    shutil.copytree(pack.folder, folder / "out" / pack.folder.name)
    made = auditctl("--config", demo.settings, "report", "soc2", "--period", "Q3", "--out", "out", "--zip", cwd=folder)
    assert made.code == 0, made.err
    assert "Zip        out/soc2-2026-Q3.zip" in made.out.splitlines()
    assert "nothing was written" not in made.err
    return folder / "out" / "soc2-2026-Q3.zip"


def test_the_zip_holds_the_folder_and_nothing_else(zipped: Path, pack: Pack) -> None:
    with zipfile.ZipFile(zipped) as archive:
        held = {name.removeprefix("soc2-2026-Q3/"): archive.read(name) for name in archive.namelist()}
    assert held == contents(pack.folder)


def test_the_zip_verifies_as_its_folder_does(auditctl: CommandLine, zipped: Path, pack: Pack) -> None:
    of_zip = auditctl("verify", zipped.name, cwd=zipped.parent)
    of_folder = auditctl("verify", str(pack.folder), cwd=zipped.parent)
    assert (of_zip.code, of_zip.out) == (0, of_folder.out)


def test_a_zip_with_another_byte_in_a_file_is_not_valid(auditctl: CommandLine, zipped: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped) as before, zipfile.ZipFile(tmp_path / "changed.zip", "w") as after:
        for entry in before.infolist():
            data = before.read(entry)
            after.writestr(entry, data[:-1] + b"!" if entry.filename.endswith("count.sql") else data)
    found = auditctl("verify", "changed.zip", cwd=tmp_path)
    assert (found.code, found.err) == (5, "")
    assert "  wrong: method/count.sql: was changed" in found.out


def test_a_sample_of_the_zip_is_that_of_its_folder(auditctl: CommandLine, zipped: Path, pack: Pack) -> None:
    options = ("content-changes", "--size", "3", "--seed", "2026-10-14", "--format", "csv")
    of_zip = auditctl("sample", zipped.name, *options, cwd=zipped.parent)
    assert of_zip.out == auditctl("sample", str(pack.folder), *options, cwd=zipped.parent).out
    assert len(of_zip.out.splitlines()) == 4


def test_a_zip_can_be_the_previous_pack(auditctl: CommandLine, demo: Demo, zipped: Path, tmp_path: Path) -> None:
    options = ("report", "hipaa", "--no-pdf", "--period", "Q3", "--previous", str(zipped))
    refused = auditctl("--config", demo.settings, *options, cwd=tmp_path)
    assert refused.code == 2
    assert refused.complaints[-1] == (
        "auditctl: soc2-2026-Q3 is of another framework, soc2. Leave --previous out, or give an earlier pack"
    )


def test_nothing_is_published_where_the_name_of_the_zip_is_taken(
    auditctl: CommandLine, demo: Demo, tmp_path: Path
) -> None:
    (tmp_path / "soc2-2026-Q3.zip").write_bytes(b"mine")
    refused = auditctl("--config", demo.settings, "report", "soc2", "--no-pdf", "--period", "Q3", "--zip", cwd=tmp_path)
    assert refused.code == 6
    assert "soc2-2026-Q3.zip exists and is not the zip of this pack" in refused.complaints[-1]
    assert contents(tmp_path) == {"soc2-2026-Q3.zip": b"mine"}


def test_a_file_that_is_no_pack_is_said_in_one_line(auditctl: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    refused = auditctl("verify", "report.pdf", cwd=tmp_path)
    assert (refused.code, refused.complaints) == (
        2, ["auditctl: report.pdf is not a pack. Give the folder of a pack, or its zip"])  # fmt: skip


def test_a_query_is_performed_again_from_the_zip(auditctl: CommandLine, zipped: Path) -> None:
    again = auditctl("reperform", zipped.name, "deletions", cwd=zipped.parent)
    assert (again.code, again.out.splitlines()[-1]) == (0, "1 of 1 query reproduced")
