"""`auditctl verify`: every byte of a pack, and no file more or less; coreutils alone can do most of it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from .command import CommandLine, Pack


@pytest.fixture
def copy(pack: Pack, tmp_path: Path) -> Path:
    folder = tmp_path / pack.folder.name
    shutil.copytree(pack.folder, folder)
    return folder


def flip(path: Path, position: int) -> None:
    """Change one bit of one byte."""
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))


def test_a_pack_verifies_and_says_its_root_hash(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    result = auditctl("verify", str(pack.folder), cwd=tmp_path)
    assert (result.code, result.err) == (0, "")
    files = sum(path.is_file() for path in pack.folder.rglob("*"))
    status, valid, *_ = result.out.splitlines()
    assert status == "FINAL  soc2-2026-Q3"
    assert valid == f"{files} of {files} files valid"
    digest = hashlib.sha256((pack.folder / "manifest.json").read_bytes()).hexdigest()
    assert digest in result.out
    assert digest in pack.made.out


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("report.pdf", -1),
        ("report.json", 0),
        ("evidence/leavers_active/exceptions.csv", -1),
        ("method/count.sql", 0),
        ("population/events.parquet", 1000),
    ],
)
def test_one_changed_byte_is_found_and_its_file_named(
    name: str, position: int, auditctl: CommandLine, copy: Path, tmp_path: Path
) -> None:
    flip(copy / name, position)
    result = auditctl("verify", str(copy), cwd=tmp_path)
    assert (result.code, result.err) == (5, "")
    (wrong,) = [line for line in result.out.splitlines() if line.startswith("  wrong: ")]
    assert wrong.startswith(f"  wrong: {name}")


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
def test_a_changed_byte_of_the_lists_themselves_is_found(
    name: str, auditctl: CommandLine, copy: Path, tmp_path: Path
) -> None:
    flip(copy / name, 0)
    result = auditctl("verify", str(copy), cwd=tmp_path)
    assert result.code == 5
    assert name in result.out + result.err


def test_a_file_that_was_added_is_found(auditctl: CommandLine, copy: Path, tmp_path: Path) -> None:
    (copy / "evidence" / "extra.csv").write_bytes(b"")
    result = auditctl("verify", str(copy), cwd=tmp_path)
    assert result.code == 5
    assert "  wrong: evidence/extra.csv" in result.out


def test_a_file_that_was_taken_away_is_found(auditctl: CommandLine, copy: Path, tmp_path: Path) -> None:
    (copy / "evidence" / "deletions" / "rows.csv").unlink()
    result = auditctl("verify", str(copy), cwd=tmp_path)
    assert result.code == 5
    assert "  wrong: evidence/deletions/rows.csv" in result.out


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="this system has no sha256sum")
def test_sha256sum_alone_can_check_a_pack(copy: Path) -> None:
    def check() -> subprocess.CompletedProcess[str]:
        command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
        return subprocess.run(command, cwd=copy, capture_output=True, encoding="utf-8", check=False)

    assert check().returncode == 0
    flip(copy / "report.html", 100)
    assert check().returncode == 1
    assert "report.html: FAILED" in check().stdout
