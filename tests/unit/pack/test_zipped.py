"""A pack as one file: equal bytes for equal packs, and nothing of a zip that no pack could have made is written."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from auditctl.errors import AuditctlError, IntegrityError, OutputError, UsageError
from auditctl.pack.manifest import seal
from auditctl.pack.note import SigningKey, new_key
from auditctl.pack.publish import PackWriter
from auditctl.pack.verify import verify_pack
from auditctl.pack.zipped import opened_pack, refuse_other_zip, zip_pack

FILES = {"README.txt": b"How to verify\n" * 100, "method/rows.csv": b"who\nada\n", "report.pdf": b"%PDF-1.7\n\xff"}
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
    names = ["README.txt", "SHA256SUMS", "manifest.json", "method/rows.csv", "report.pdf"]
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


def test_a_zip_with_times_and_owners_as_info_zip_writes_them_verifies(pack: Path) -> None:
    info = entry("soc2-2026-Q3/README.txt")
    info.extra = struct.pack("<2HBl2H2BLBL", 0x5455, 5, 1, 1_700_000_000, 0x7875, 11, 1, 4, 1000, 4, 1000)
    forged = repack(pack, lambda archive: archive.writestr(info, FILES["README.txt"]), without="README.txt")
    assert problems(forged) == ()


def test_a_zip_that_was_written_to_a_pipe_verifies(pack: Path) -> None:
    """Its sizes follow each file; Info-ZIP and others write them with and without their mark."""
    path = pack.with_name("piped.zip")
    with path.open("wb") as file, zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(file for file in pack.rglob("*") if file.is_file()):
            archive.write(name, name.relative_to(pack.parent))
    assert b"PK\x07\x08" in path.read_bytes()
    assert problems(path) == ()


def test_a_zip_with_the_fields_of_large_files_verifies(pack: Path) -> None:
    path = pack.with_name("large.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(file for file in pack.rglob("*") if file.is_file()):
            with archive.open(str(file.relative_to(pack.parent)), "w", force_zip64=True) as target:
                target.write(file.read_bytes())
    assert problems(path) == ()


class Pipe(io.RawIOBase):
    """A stream that cannot go back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


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


def alone(name: str, data: bytes) -> bytes:
    """Return a file as it lies in a zip, without the directory that would list it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
    return stream.getvalue()[: archive.start_dir]


def with_bytes(data: bytes, extra: bytes, at: int) -> bytes:
    """Return a zip with bytes put in before its directory, which says rightly where it begins."""
    end = bytearray(data[data.rindex(b"PK\x05\x06") :])
    (directory,) = struct.unpack_from("<L", end, 16)
    struct.pack_into("<L", end, 16, directory + len(extra))
    return data[:at] + extra + data[at : -len(end)] + bytes(end)


HIDDEN = alone("soc2-2026-Q3/report.pdf", b"%PDF-1.7\nanother report")


@pytest.mark.parametrize(
    "change",
    [
        lambda data, _: b"#!/bin/sh\n" + data,
        lambda data, _: HIDDEN + data,
        lambda data, _: data + b"more",
        lambda data, _: data[:-2] + b"\x08\0approved",
        lambda data, directory: with_bytes(data, HIDDEN, directory),
        lambda data, directory: with_bytes(data, b"\0", directory),
    ],
    ids=["before", "a file before", "after", "comment", "a file before the directory", "one byte before the directory"],
)
def test_bytes_that_belong_to_no_file_are_refused(pack: Path, change: Callable[[bytes, int], bytes]) -> None:
    """A reader that goes from front to back unpacks them, though the directory does not list them."""
    path = zip_pack(pack)
    with zipfile.ZipFile(path) as archive:
        directory = archive.start_dir
    path.write_bytes(change(path.read_bytes(), directory))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None  # as others see it, all is well
    with pytest.raises(IntegrityError, match="it holds bytes that belong to no file"):
        problems(path)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("soc2-2026-Q3/extra/", b"", "extra/ is a folder without files"),
        ("soc2-2026-Q3/method/", b"data", "it holds bytes that belong to no file"),
        ("soc2-2026-Q3/../../extra/", b"", "extra/ cannot be a file of a pack"),
    ],
)
def test_a_folder_that_no_pack_has_is_refused(pack: Path, name: str, data: bytes, words: str) -> None:
    forged = repack(pack, lambda archive: archive.writestr(entry(name, stat.S_IFDIR | 0o755), data))
    with pytest.raises(IntegrityError, match=re.escape(words)):
        problems(forged)


def test_a_field_that_could_give_a_file_a_second_name_is_refused(pack: Path) -> None:
    info = entry("soc2-2026-Q3/README.txt")
    info.extra = struct.pack("<2HBL", 0x7075, 10, 1, zlib.crc32(info.filename.encode())) + b"x.txt"  # Unicode path
    forged = repack(pack, lambda archive: archive.writestr(info, FILES["README.txt"]), without="README.txt")
    with pytest.raises(IntegrityError, match=r"README\.txt has fields that auditctl does not know"):
        problems(forged)


def test_a_file_that_ends_before_its_bytes_do_is_refused(pack: Path) -> None:
    """Between the end of the deflated data and what the directory says, another file could hide."""
    name, data = "soc2-2026-Q3/README.txt", FILES["README.txt"]

    def change(archive: zipfile.ZipFile) -> None:
        deflated = zlib.compress(data, wbits=-15) + HIDDEN
        archive.writestr(entry(name), deflated)  # as it is
        info = archive.infolist()[-1]
        info.compress_type, info.CRC, info.file_size = zipfile.ZIP_DEFLATED, zlib.crc32(data), len(data)
        assert archive.fp is not None
        archive.fp.seek(info.header_offset)
        archive.fp.write(info.FileHeader())
        archive.fp.seek(archive.start_dir)

    forged = repack(pack, change, without="README.txt")
    with zipfile.ZipFile(forged) as archive:
        assert archive.read(name) == data
    with pytest.raises(IntegrityError, match=r"README\.txt is longer than it says"):
        problems(forged)


def test_a_manifest_that_would_fill_the_memory_is_not_read(pack: Path) -> None:
    large = b'{"a": [' + b"[]," * (2 << 20) + b"0]}"
    forged = repack(
        pack, lambda archive: archive.writestr("soc2-2026-Q3/manifest.json", large), without="manifest.json"
    )
    assert forged.stat().st_size < 1 << 16
    with pytest.raises(IntegrityError, match=r"manifest\.json cannot be read: file too large"):
        problems(forged)


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
