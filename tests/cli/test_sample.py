"""A sample that a stranger draws again with twenty lines of their own."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import shutil
from pathlib import Path

import pytest

from .command import CommandLine, Pack

SEED = "Müller & Co, 2026-10-14"


def drawn_by_a_stranger(path: Path, seed: str, size: int) -> list[str]:
    """Return the rows of a sample by the recipe of the docs alone."""
    data = path.read_bytes()
    population = hashlib.sha256(data).hexdigest()
    rows = csv.DictReader(io.StringIO(data.decode(), newline=""))
    refs = {row["source_ref"].removeprefix("'") for row in rows}

    def rank(ref: str) -> str:
        return hmac.new(seed.encode(), f"{population}\n{ref}".encode(), "sha256").hexdigest()

    return sorted(refs, key=rank)[:size]


def sampled(auditctl: CommandLine, pack: Pack, cwd: Path, *options: str) -> list[dict[str, str]]:
    done = auditctl("sample", str(pack.folder), *options, "--format", "csv", cwd=cwd)
    assert (done.code, done.err) == (0, "")
    return list(csv.DictReader(io.StringIO(done.out)))


def test_a_stranger_draws_the_same_rows(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    rows = sampled(auditctl, pack, tmp_path, "content-changes", "--size", "5", "--seed", SEED)
    file = pack.folder / "evidence" / "content_changes" / "rows.csv"
    assert [row["source_ref"] for row in rows] == drawn_by_a_stranger(file, SEED, 5)
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]
    known = {row["source_ref"]: row for row in pack.rows("content_changes")}
    assert [{**known[row["source_ref"]], "rank": row["rank"]} for row in rows] == rows


def test_another_seed_draws_other_rows_and_a_larger_size_keeps_the_first(
    auditctl: CommandLine, pack: Pack, tmp_path: Path
) -> None:
    def refs(seed: str, size: str) -> list[str]:
        found = sampled(auditctl, pack, tmp_path, "data-requests", "--size", size, "--seed", seed)
        return [row["source_ref"] for row in found]

    assert refs(SEED, "8")[:4] == refs(SEED, "4")
    assert refs("another", "8") != refs(SEED, "8")


def test_more_than_there_are_is_all(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    rows = sampled(auditctl, pack, tmp_path, "deletions", "--size", "9999", "--seed", SEED)
    assert {row["source_ref"] for row in rows} == {row["source_ref"] for row in pack.rows("deletions")}


def test_flagged_rows_are_drawn_alone(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    rows = sampled(auditctl, pack, tmp_path, "exports-outside-list", "--flagged", "--size", "2", "--seed", SEED)
    flagged = {row["source_ref"] for row in pack.exceptions("exports_outside_list")}
    assert rows
    assert {row["source_ref"] for row in rows} <= flagged


def test_it_is_said_what_a_clean_sample_supports(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    done = auditctl("sample", str(pack.folder), "content-changes", "--size", "3", "--seed", SEED, cwd=tmp_path)
    total = len({row["source_ref"] for row in pack.rows("content_changes")})
    words = " ".join(done.out.split())
    assert words.startswith(f"3 of {total} from evidence/content_changes/rows.csv") or f"3 of {total}," in words
    assert "If none of the 3 deviates: with 95 % confidence at most" in words


def test_a_pack_that_was_changed_is_not_sampled(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(pack.folder, changed)
    rows = changed / "evidence" / "deletions" / "rows.csv"
    rows.chmod(0o600)
    rows.write_bytes(rows.read_bytes() + b"\n")
    done = auditctl("sample", str(changed), "deletions", "--size", "3", "--seed", SEED, cwd=tmp_path)
    assert (done.code, done.out) == (5, "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("nonsense", "--size", "3", "--seed", "s"), "has no evidence/nonsense/rows.csv"),
        (("../../etc", "--size", "3", "--seed", "s"), "has no evidence/../../etc/rows.csv"),
        (("deletions", "--size", "0", "--seed", "s"), "--size must be at least 1"),
        (("deletions", "--size", "3", "--seed", ""), "--seed is empty"),
        (("log-coverage", "--size", "3", "--seed", "s"), "have no source_ref"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(
    auditctl: CommandLine, pack: Pack, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:
    done = auditctl("sample", str(pack.folder), *options, cwd=tmp_path)
    (line,) = done.complaints
    assert (done.code, done.out, words in line) == (2, "", True)
