"""A pack as one file: equal bytes for equal packs, and nothing of a zip that no pack could have made is written."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from auditctl.errors import AuditctlError, IntegrityError, OutputError, UsageError
from auditctl.pack.manifest import seal
from auditctl.pack.note import SigningKey, new_key
from auditctl.pack.publish import PackWriter
from auditctl.pack.verify import verify_pack
from auditctl.pack.zipped import opened_pack, refuse_other_zip, zip_pack

FILES = {"README.txt": b"How to verify\n" * 100, "evidence/q/rows.csv": b"who\nada\n", "report.pdf": b"%PDF-1.7\n\xff"}
FACTS = {"name": "soc2-2026-Q3", "pack_id": "c0ffee", "status": "FINAL", "generated_at": "2026-10-02T10:31:03+02:00"}


def publish(out: Path, key: SigningKey | None = None) -> Path:
    with PackWriter(out, "soc2-2026-Q3") as writer:
        for path, data in FILES.items():
            writer.add(path, data)
        seal(writer, FACTS, key)
        return writer.publish()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return publish(tmp_path)


def problems(path: Path) -> tuple[str, ...]:
    with opened_pack(path) as folder:
        return verify_pack(folder).problems


def test_the_zip_holds_what_the_manifest_lists_in_one_order_with_one_date_and_one_mode(pack: Path) -> None:
    path = zip_pack(pack)
    assert path == pack.with_name("soc2-2026-Q3.zip")
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    names = ["README.txt", "SHA256SUMS", "evidence/q/rows.csv", "manifest.json", "report.pdf"]
    assert [entry.filename for entry in entries] == [f"soc2-2026-Q3/{name}" for name in names]
    assert {entry.date_time for entry in entries} == {(2026, 10, 2, 8, 31, 2)}  # two seconds are the finest it can say
    assert {stat.filemode(entry.external_attr >> 16) for entry in entries} == {"-rw-r--r--"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_packs_of_the_same_bytes_have_zips_of_the_same_bytes(tmp_path: Path) -> None:
    first, second = publish(tmp_path / "1"), publish(tmp_path / "2")
    os.utime(second / "README.txt", (0, 0))
    (second / "README.txt").chmod(0o640)
    assert zip_pack(first).read_bytes() == zip_pack(second).read_bytes()


def test_a_file_that_somebody_added_to_the_folder_does_not_travel(pack: Path) -> None:
    (pack / "secret.txt").write_bytes(b"")
    assert problems(zip_pack(pack)) == ()


def test_a_signed_pack_is_signed_in_its_zip(tmp_path: Path) -> None:
    key = new_key("audit-host")
    with opened_pack(zip_pack(publish(tmp_path, key))) as folder:
        assert verify_pack(folder, [key.public]).problems == ()


def test_nothing_is_left_of_what_was_unpacked(pack: Path) -> None:
    with opened_pack(zip_pack(pack)) as folder:
        assert folder.name == "soc2-2026-Q3"
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert not folder.parent.exists()


def test_a_zip_that_is_there_is_kept_and_another_file_is_never_replaced(pack: Path) -> None:
    path = zip_pack(pack)
    before = path.stat().st_mtime_ns
    assert (zip_pack(pack), path.stat().st_mtime_ns) == (path, before)
    path.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"soc2-2026-Q3\.zip exists and is not the zip of this pack"):
        zip_pack(pack)
    with pytest.raises(OutputError, match="exists"):
        refuse_other_zip(pack)
    assert path.read_bytes() == b"mine"


def test_a_zip_that_another_tool_made_of_the_folder_verifies(pack: Path, tmp_path: Path) -> None:
    made = shutil.make_archive(str(tmp_path / "other"), "zip", tmp_path, pack.name)
    assert problems(Path(made)) == ()


def repack(pack: Path, change: Callable[[zipfile.ZipFile], object], *, without: str = "") -> Path:
    """Return a zip of the pack that somebody made by hand."""
    path = pack.with_name("forged.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(pack.rglob("*")):
            if file.is_file() and file.name != without:
                archive.write(file, file.relative_to(pack.parent))
        change(archive)
    return path


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("soc2-2026-Q3/notes.txt", "notes.txt is not in manifest.json"),
        ("soc2-2026-Q3/../../notes.txt", "soc2-2026-Q3/../../notes.txt cannot be a file of a pack"),
        ("/etc/passwd", "/etc/passwd cannot be a file of a pack"),
        ("..", ".. cannot be a file of a pack"),
        ("soc2-2026-Q3/a\\..\\b", "cannot be a file of a pack"),
        ("soc2-2026-Q3/a\x1b[2J", "soc2-2026-Q3/a\\u{1b}[2J cannot be a file of a pack"),
        ("another/README.txt", "README.txt is there twice"),
        ("__MACOSX/x", "__MACOSX/x cannot be a file of a pack"),
        ("another/x", "it holds more than one folder: another, soc2-2026-Q3"),
    ],
)
def test_an_entry_that_no_pack_has_is_refused(pack: Path, name: str, words: str) -> None:
    forged = repack(pack, lambda archive: archive.writestr(entry(name), b"x"))
    with pytest.raises(IntegrityError) as caught:
        problems(forged)
    assert caught.value.message.startswith(f"{forged}: ")
    assert words in caught.value.message


def test_a_file_that_is_there_twice_is_refused(pack: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        forged = repack(pack, lambda archive: archive.writestr("soc2-2026-Q3/README.txt", b"Trust me"))
    with pytest.raises(IntegrityError, match=r"README\.txt is there twice"):
        problems(forged)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO])
def test_a_link_or_pipe_is_refused(pack: Path, kind: int) -> None:
    link = entry("soc2-2026-Q3/README.txt", kind | 0o777)
    forged = repack(pack, lambda archive: archive.writestr(link, b"/etc/passwd"), without="README.txt")
    with pytest.raises(IntegrityError, match=r"README\.txt is not a plain file"):
        problems(forged)


def test_a_file_larger_than_the_manifest_says_is_not_unpacked(pack: Path) -> None:
    bomb = repack(
        pack, lambda archive: archive.writestr("soc2-2026-Q3/README.txt", bytes(1 << 24)), without="README.txt"
    )
    assert bomb.stat().st_size < 1 << 16
    with pytest.raises(IntegrityError, match=r"README\.txt was changed: it has 16777216 bytes, not 1400"):
        problems(bomb)


def test_a_file_of_the_same_size_that_was_changed_is_named(pack: Path) -> None:
    forged = repack(
        pack, lambda archive: archive.writestr("soc2-2026-Q3/report.pdf", b"%PDF-1.8\n\xff"), without="report.pdf"
    )
    assert problems(forged) == ("report.pdf: was changed",)


def test_a_file_that_was_left_out_is_named(pack: Path) -> None:
    assert problems(repack(pack, lambda _: None, without="report.pdf")) == ("report.pdf: is missing",)


def test_a_zip_without_a_manifest_is_no_pack(pack: Path) -> None:
    with pytest.raises(IntegrityError, match=r"it is not a pack: manifest\.json is missing"):
        problems(repack(pack, lambda _: None, without="manifest.json"))


def test_entries_that_share_bytes_are_refused(pack: Path) -> None:
    """As in the bombs that unpack to a million times their size."""
    path = zip_pack(pack)
    with zipfile.ZipFile(path) as archive:
        offsets = {info.filename.rpartition("/")[2]: info.header_offset for info in archive.infolist()}
    data = bytearray(path.read_bytes())
    record = data.rindex(b"soc2-2026-Q3/SHA256SUMS") - 46  # of the central directory
    assert data[record : record + 4] == b"PK\x01\x02"
    data[record + 42 : record + 46] = offsets["README.txt"].to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(IntegrityError):
        problems(path)


def test_a_zip_cut_short_anywhere_is_refused(pack: Path) -> None:
    path = zip_pack(pack)
    data = path.read_bytes()
    for length in range(0, len(data), 37):
        path.write_bytes(data[:length])
        with pytest.raises(IntegrityError):
            problems(path)


def test_a_changed_byte_ends_in_our_words_or_changes_no_file(pack: Path) -> None:
    path = zip_pack(pack)
    data = path.read_bytes()
    refused = 0
    for at in range(0, len(data), 3):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x15]) + data[at + 1 :])
        try:
            with opened_pack(path) as folder:
                if not verify_pack(folder).problems:
                    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
        except AuditctlError:
            refused += 1
    assert refused > len(data) // 9


def test_a_file_that_is_no_zip_is_a_mistake_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF")
    with pytest.raises(UsageError, match=r"report\.pdf is not a pack"):
        problems(tmp_path / "report.pdf")


def test_what_does_not_fit_on_the_disk_is_not_unpacked(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_pack(pack)
    monkeypatch.setattr("auditctl.pack.zipped.shutil.disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 9))
    with pytest.raises(OutputError, match="there is no room to unpack the zip"):
        problems(path)
