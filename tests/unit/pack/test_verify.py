from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditctl.errors import ExitCode, IntegrityError, UsageError
from auditctl.pack.manifest import read_sums, seal
from auditctl.pack.publish import PackWriter
from auditctl.pack.verify import Verification, verify_pack

ROWS = b'who,text\nada,"two\nlines, ""quoted"""\nbob,\n'
FILES = {
    "README.txt": b"How to verify\n",
    "evidence/failed_logins/query.sql": b"SELECT 1\n",
    "evidence/failed_logins/rows.csv": ROWS,
    "evidence/failed_logins/exceptions.csv": b"who,text\n",
    "report.pdf": b"%PDF-1.7\n\x00\xff\n",
}
COUNTS = {"evidence/failed_logins/rows.csv": 2, "evidence/failed_logins/exceptions.csv": 0}
EVIDENCE = {"failed_logins": {"rows": 2, "flagged": 0, "sha256": hashlib.sha256(ROWS).hexdigest()}}
FACTS: dict[str, object] = {"name": "soc2-2026-Q3", "pack_id": "c0ffee", "status": "FINAL", "evidence": EVIDENCE}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    with PackWriter(tmp_path, "soc2-2026-Q3") as writer:
        for path, data in FILES.items():
            writer.add(path, data, COUNTS.get(path))
        seal(writer, FACTS)
        return writer.publish()


def problems(folder: Path) -> tuple[str, ...]:
    return verify_pack(folder).problems


def resum(folder: Path, *changed: str) -> None:
    """Make SHA256SUMS agree with files that were changed, as somebody would who covers his tracks."""
    lines, _ = read_sums((folder / "SHA256SUMS").read_bytes())
    for path in changed:
        lines[path] = hashlib.sha256((folder / path).read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {path}\n" for path, digest in sorted(lines.items())))


def reseal(folder: Path, document: dict[str, Any]) -> None:
    """Write manifest.json anew, and the sums of the files that it lists."""
    (folder / "manifest.json").write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")
    sums = {file["path"]: file["sha256"] for file in document["files"]}
    sums["manifest.json"] = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text("".join(f"{digest}  {path}\n" for path, digest in sorted(sums.items())))


def test_a_pack_as_it_was_published_is_valid(pack: Path) -> None:
    assert verify_pack(pack) == Verification(
        name="soc2-2026-Q3",
        status="FINAL",
        pack_id="c0ffee",
        files_valid=7,
        files_total=7,
        root_hash=hashlib.sha256((pack / "manifest.json").read_bytes()).hexdigest(),
        signer=None,
        problems=(),
    )


def test_a_pack_is_valid_under_another_name_and_through_a_link(pack: Path, tmp_path: Path) -> None:
    shutil.copytree(pack, tmp_path / "copy")
    (tmp_path / "link").symlink_to(tmp_path / "copy")
    assert problems(tmp_path / "link") == ()


@pytest.mark.parametrize("path", [*FILES, "manifest.json", "SHA256SUMS"])
@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_a_changed_byte_anywhere_is_a_problem_of_its_file(pack: Path, path: str, bit: int) -> None:
    original = (pack / path).read_bytes()
    step = max(1, len(original) // 150)
    for at in range(0, len(original), step):
        changed = bytearray(original)
        changed[at] ^= bit
        (pack / path).write_bytes(changed)
        try:
            found = problems(pack)
        except IntegrityError as error:
            found = tuple(error.diagnostics())
            assert path == "manifest.json"
        assert any(path in problem for problem in found), (at, found)
        if path in FILES:
            assert found == (f"{path}: was changed",)
        elif path == "SHA256SUMS":
            assert all("SHA256SUMS" in problem for problem in found), (at, found)
        else:
            assert all("manifest.json" in problem for problem in found), (at, found)


@pytest.mark.parametrize("path", [*FILES, "SHA256SUMS"])
def test_a_file_cut_short_emptied_or_removed_is_a_problem_of_that_file(pack: Path, path: str) -> None:
    data = (pack / path).read_bytes()
    for changed in (data[:-1], b"", data + b"\n"):
        (pack / path).write_bytes(changed)
        found = problems(pack)
        assert all(problem.startswith(f"{path}: ") for problem in found)
        assert found
    (pack / path).unlink()
    assert problems(pack) == (f"{path}: is missing",)
    assert verify_pack(pack).files_valid == 6


def test_a_file_and_its_sum_changed_together_contradict_the_manifest(pack: Path) -> None:
    (pack / "README.txt").write_bytes(b"Trust me\n")
    resum(pack, "README.txt")
    assert problems(pack) == ("manifest.json: does not have README.txt as it is",)


def test_a_file_and_the_manifest_changed_together_contradict_the_sums(pack: Path) -> None:
    (pack / "README.txt").write_bytes(b"How to verifY\n")
    document = json.loads((pack / "manifest.json").read_text())
    document["files"][0]["sha256"] = hashlib.sha256(b"How to verifY\n").hexdigest()
    (pack / "manifest.json").write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")
    assert problems(pack) == (
        "SHA256SUMS: does not have README.txt as it is",
        "manifest.json: is not what SHA256SUMS says: one of the two was changed",
    )


def test_everything_changed_together_has_another_root_hash(pack: Path) -> None:
    before = verify_pack(pack).root_hash
    document = json.loads((pack / "manifest.json").read_text())
    document["status"] = "INTERIM"
    (pack / "manifest.json").write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")
    resum(pack, "manifest.json")
    after = verify_pack(pack)
    assert (after.problems, after.status) == ((), "INTERIM")
    assert after.root_hash != before


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("rows", 3, "manifest.json: says that {} has 3 rows; with the header it has 3"),
        ("bytes", 1, f"manifest.json: says that {{}} has 1 bytes; it has {len(ROWS)}"),
    ],
)
def test_a_count_that_is_not_the_files_is_a_problem(pack: Path, key: str, value: int, problem: str) -> None:
    path = "evidence/failed_logins/rows.csv"
    document = json.loads((pack / "manifest.json").read_text())
    next(file for file in document["files"] if file["path"] == path)[key] = value
    document["evidence"]["failed_logins"]["rows"] += key == "rows"  # where the manifest says it once more
    (pack / "manifest.json").write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")
    resum(pack, "manifest.json")
    assert problems(pack) == (problem.format(path),)


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document["evidence"]["failed_logins"].update(rows=1),
        lambda document: document["evidence"]["failed_logins"].update(flagged=2),
        lambda document: document["evidence"]["failed_logins"].update(sha256="0" * 64),
        lambda document: document["evidence"]["failed_logins"].update(more=1),
        lambda document: document["evidence"].update(failed_logins=None),
    ],
)
def test_counts_of_evidence_that_are_not_those_of_its_files_are_a_problem(
    pack: Path, change: Callable[[Any], object]
) -> None:
    document = json.loads((pack / "manifest.json").read_text())
    change(document)
    reseal(pack, document)
    problem = "has other counts or another hash of evidence/failed_logins than of the files in it"
    assert problems(pack) == (f"manifest.json: {problem}",)


@pytest.mark.parametrize("name", ["rows.csv", "exceptions.csv", "query.sql"])
def test_evidence_that_was_taken_away_and_from_the_list_of_files_is_missed(pack: Path, name: str) -> None:
    path = f"evidence/failed_logins/{name}"
    (pack / path).unlink()
    document = json.loads((pack / "manifest.json").read_text())
    document["files"] = [file for file in document["files"] if file["path"] != path]
    reseal(pack, document)
    problem = "has other counts or another hash of evidence/failed_logins than of the files in it"
    assert problems(pack) == (f"manifest.json: {problem}",)


@pytest.mark.parametrize(("said", "problem"), [({}, "of evidence/failed_logins"), ([], "of its evidence")])
def test_evidence_that_the_manifest_does_not_count_is_a_problem(pack: Path, said: object, problem: str) -> None:
    document = json.loads((pack / "manifest.json").read_text())
    reseal(pack, {**document, "evidence": said})
    assert problems(pack) == (f"manifest.json: has no counts {problem}",)


@pytest.mark.parametrize("twin", ["readme.TXT", "README.txt/more"])
def test_a_file_that_cannot_lie_beside_another_everywhere_is_refused(pack: Path, twin: str) -> None:
    """Unpacked on another system, it would take the other's place."""
    document = json.loads((pack / "manifest.json").read_text())
    document["files"].append({"path": twin, "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()})
    document["files"].sort(key=lambda file: file["path"])
    reseal(pack, document)
    with pytest.raises(IntegrityError, match="and another file cannot lie in one folder everywhere"):
        verify_pack(pack)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_rows_are_counted_across_reads_and_quotes(pack: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("auditctl.pack.content._CHUNK", chunk)
    assert problems(pack) == ()


def test_what_does_not_belong_is_named(pack: Path, tmp_path: Path) -> None:
    (pack / "notes.txt").write_bytes(b"")
    (pack / ".hidden").write_bytes(b"")
    (pack / "evidence" / "more").mkdir()
    (pack / "evidence" / "more" / "rows.csv").write_bytes(b"")
    (pack / "evidence" / "bad\x1b[2J").write_bytes(b"")
    (pack / os.fsdecode(b"evidence/\xff")).write_bytes(b"")
    (pack / "link").symlink_to(tmp_path)
    os.mkfifo(pack / "pipe")
    assert problems(pack) == (
        ".hidden: is not in manifest.json",
        "evidence/bad\\u{1b}[2J: is not in manifest.json",
        "evidence/more/: is not in manifest.json",
        "evidence/\\u{dcff}: is not in manifest.json",
        "link: is a symbolic link",
        "notes.txt: is not in manifest.json",
        "pipe: is not a plain file",
    )


def test_a_name_that_only_looks_like_one_of_the_pack_is_told_apart(pack: Path) -> None:
    (pack / "r\u0435port.pdf").write_bytes(b"")  # a Cyrillic e
    (pack / "re\u0301port.pdf").write_bytes(b"")  # an accent of its own
    assert problems(pack) == (
        "re\\u{301}port.pdf: is not in manifest.json",
        "r\\u{435}port.pdf: is not in manifest.json",
    )


def test_an_empty_folder_that_was_added_is_a_problem(pack: Path) -> None:
    (pack / "evidence" / "failed_logins" / "later").mkdir()
    assert problems(pack) == ("evidence/failed_logins/later/: is not in manifest.json",)


def test_a_file_that_is_a_link_to_the_same_bytes_is_a_problem(pack: Path, tmp_path: Path) -> None:
    (pack / "README.txt").rename(tmp_path / "README.txt")
    (pack / "README.txt").symlink_to(tmp_path / "README.txt")
    assert problems(pack) == ("README.txt: is a symbolic link",)


def test_a_folder_that_is_a_link_is_not_followed(pack: Path, tmp_path: Path) -> None:
    (pack / "evidence").rename(tmp_path / "evidence")
    (pack / "evidence").symlink_to(tmp_path / "evidence")
    found = problems(pack)
    assert found[0] == "evidence: is a symbolic link"
    assert [problem.rpartition(": ")[2] for problem in found[1:]] == ["is missing"] * 3


@pytest.mark.parametrize("name", ["README.txt", "SHA256SUMS"])
def test_a_pipe_or_folder_in_place_of_a_file_is_a_problem(pack: Path, name: str) -> None:
    (pack / name).unlink()
    os.mkfifo(pack / name)
    assert any(problem.startswith(f"{name}: ") for problem in problems(pack))
    (pack / name).unlink()
    (pack / name).mkdir()
    assert any(problem.startswith(name) for problem in problems(pack))


def test_a_sum_of_a_file_that_nobody_has_is_a_problem_of_the_sums(pack: Path) -> None:
    with (pack / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  zz.txt\n")
    assert problems(pack) == ("SHA256SUMS: lists zz.txt, which does not belong",)


def test_an_endless_file_of_the_pack_is_not_read_into_memory(pack: Path) -> None:
    os.truncate(pack / "manifest.json", 1 << 40)
    with pytest.raises(IntegrityError, match=r"manifest\.json cannot be read: file too large"):
        verify_pack(pack)


def test_a_folder_without_a_manifest_is_no_pack(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError) as caught:
        verify_pack(tmp_path)
    assert caught.value.diagnostics() == [f"{tmp_path} is not a pack: manifest.json is missing"]
    assert caught.value.exit_code is ExitCode.INTEGRITY


def test_a_manifest_that_leads_out_of_the_pack_is_refused(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"")
    document = json.loads((pack / "manifest.json").read_text())
    document["files"] = [{"path": "../secret", "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()}]
    (pack / "manifest.json").write_text(json.dumps(document, sort_keys=True, indent=1) + "\n")
    with pytest.raises(IntegrityError, match=r"soc2-2026-Q3: manifest\.json cannot be trusted: \.\./secret"):
        verify_pack(pack)


@pytest.mark.parametrize("name", ["gone", "file"])
def test_what_is_no_folder_is_a_usage_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match=f"cannot open .*{name}"):
        verify_pack(tmp_path / name)
