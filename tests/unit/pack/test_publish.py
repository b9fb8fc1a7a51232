from __future__ import annotations

import ctypes
import errno
import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NoReturn

import pytest

from auditctl import commit as committing
from auditctl.commit import rename_new, write_whole
from auditctl.errors import ExitCode, OutputError, SourceError
from auditctl.pack.layout import PackFile, is_safe_name
from auditctl.pack.publish import PackWriter


def build(out: Path, then: Callable[[PackWriter], object], **files: bytes) -> None:
    with PackWriter(out, "p") as pack:
        for path, data in files.items():
            pack.add(path, data)
        then(pack)


def throw(error: BaseException) -> NoReturn:
    raise error


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def modes(folder: Path) -> set[tuple[bool, int]]:
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [folder, *folder.rglob("*")]}


def test_a_pack_shows_whole_and_private(tmp_path: Path) -> None:
    source = tmp_path / "report.pdf"
    source.write_bytes(b"%PDF")
    out = tmp_path / "made" / "when missing"
    before = os.umask(0o777)
    try:
        os.umask(0o000)
        with PackWriter(out, "soc2-2026-Q3") as pack:
            pack.add("README.txt", b"read me\n")
            pack.add_file("report.pdf", source)
            with pack.open("evidence/failed_logins/rows.csv", rows=1) as file:
                file.write(b"a\n")
                file.write(b"1\n")
            assert names(out) == [f".soc2-2026-Q3.partial.{os.getpid()}"]
            os.umask(0o777)
            pack.add("evidence/failed_logins/query.sql", b"SELECT 1\n")
            assert pack.publish() == out / "soc2-2026-Q3"
    finally:
        os.umask(before)
    assert names(out) == ["soc2-2026-Q3"]
    folder = out / "soc2-2026-Q3"
    assert (folder / "evidence/failed_logins/rows.csv").read_bytes() == b"a\n1\n"
    assert (folder / "report.pdf").read_bytes() == b"%PDF"
    assert modes(folder) == {(True, 0o700), (False, 0o600)}
    assert pack.files["evidence/failed_logins/rows.csv"] == PackFile(
        "evidence/failed_logins/rows.csv", 4, hashlib.sha256(b"a\n1\n").hexdigest(), 1
    )


def test_a_large_file_is_hashed_as_it_is_written(tmp_path: Path) -> None:
    data = os.urandom(3_000_001)
    with PackWriter(tmp_path, "p") as pack:
        pack.add("large.bin", data)
        assert pack.files["large.bin"] == PackFile("large.bin", len(data), hashlib.sha256(data).hexdigest())
        with pack.open("stream") as file:
            assert not file.seekable()
            with pytest.raises(io.UnsupportedOperation):
                file.seek(0)


@pytest.mark.parametrize("error", [SourceError("lost midway"), KeyboardInterrupt(), SystemExit(143), OSError(5, "x")])
def test_leaving_without_publishing_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        build(tmp_path, lambda _: throw(error), **{"evidence/q/rows.csv": b"a\n"})
    assert names(tmp_path) == []


def test_a_pack_that_was_not_published_leaves_nothing(tmp_path: Path) -> None:
    with PackWriter(tmp_path, "p") as pack:
        pack.add("a", b"")
    assert names(tmp_path) == []


def test_an_error_after_publishing_undoes_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path, lambda pack: (pack.publish(), throw(KeyboardInterrupt())), a=b"kept")
    assert (tmp_path / "p" / "a").read_bytes() == b"kept"


def test_a_signal_while_publishing_waits_and_undoes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = committing.rename_new

    def interrupted(old_folder: int, old: str, new_folder: int, new: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        rename(old_folder, old, new_folder, new)

    monkeypatch.setattr(committing, "rename_new", interrupted)
    before = signal.signal(signal.SIGTERM, lambda *_: throw(SystemExit(ExitCode.TERMINATED)))
    try:
        with pytest.raises(SystemExit):
            build(tmp_path, PackWriter.publish, a=b"kept")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (tmp_path / "p" / "a").read_bytes() == b"kept"
    assert names(tmp_path) == ["p"]


@pytest.mark.parametrize("kind", ["folder", "empty folder", "file", "link to nowhere"])
def test_what_exists_is_refused_and_kept(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "p"
    if kind == "file":
        target.write_bytes(b"old")
    elif kind == "link to nowhere":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
        if kind == "folder":
            (target / "old").write_bytes(b"old")
    with pytest.raises(OutputError) as caught, PackWriter(tmp_path, "p"):
        pass
    assert caught.value.diagnostics() == [
        f'{target} exists. Nothing issued is replaced: use --reissue "reason", or another folder'
    ]
    assert names(tmp_path) == ["p"]


@pytest.mark.parametrize("renameat2", [True, False])
def test_a_pack_that_another_run_published_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renameat2: bool
) -> None:
    if not renameat2:
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())

    def publish_late(pack: PackWriter) -> None:
        (tmp_path / "p").mkdir()
        (tmp_path / "p" / "a").write_bytes(b"first")
        pack.publish()

    with pytest.raises(OutputError, match=r"p exists"):
        build(tmp_path, publish_late, a=b"second")
    assert (tmp_path / "p" / "a").read_bytes() == b"first"
    assert names(tmp_path) == ["p"]


def test_without_renameat2_a_pack_is_published_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lacking:
        @staticmethod
        def renameat2(*_: object) -> int:
            ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Lacking())
    with PackWriter(tmp_path, "p") as pack:
        pack.add("a", b"")
        pack.publish()
    assert names(tmp_path) == ["p"]


def test_rename_new_says_why_it_failed(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(FileNotFoundError):
            rename_new(folder, "missing", folder, "new")
    finally:
        os.close(folder)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            ".",
            "..",
            "../x",
            "a/../b",
            "/etc/passwd",
            "a//b",
            "a/",
            "a/b/c/d/e/f/g/h/i",
            ".hidden",
            "-x",
            "x" * 101,
        ),
        *("a b", "é", "a\nb", "a\\b", "a\0b", "con", "NUL", "nul.", "aux.txt", "a/COM1.csv", "lpt9", "end."),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="cannot be a file of a pack"), PackWriter(tmp_path, "p") as pack:
        pack.add(path, b"")
    if "/" not in path:
        with pytest.raises(OutputError, match="cannot be the name of a pack"):
            PackWriter(tmp_path, path)


@pytest.mark.parametrize("name", ["rows.csv", "0", "SHA256SUMS", "controls.v2_b-1", "console.txt", "x" * 100])
def test_a_plain_name_is_safe(name: str) -> None:
    assert is_safe_name(name)


def test_a_file_is_written_once(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*/p/a: file exists"):
        build(tmp_path, lambda pack: pack.add("a", b"two"), a=b"one")


def test_a_link_that_somebody_put_into_the_pack_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "rows.csv").write_bytes(b"old")
    with PackWriter(tmp_path, "p") as pack:
        partial = tmp_path / f".p.partial.{os.getpid()}"
        (partial / "evidence").symlink_to(victim)
        (partial / "rows.csv").symlink_to(victim / "rows.csv")
        for path in ("evidence/rows.csv", "rows.csv"):
            with pytest.raises(OutputError):
                pack.add(path, b"new")
    assert (victim / "rows.csv").read_bytes() == b"old"


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    script = "import os, signal, sys\nfrom pathlib import Path\nfrom auditctl.pack.publish import PackWriter\n"
    script += "with PackWriter(Path(sys.argv[1]), 'soc2-2026-Q2') as pack:\n    pack.add('a/b', b'')\n"
    script += "    os.kill(os.getpid(), signal.SIGKILL)\n"
    killed = subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 1
    with PackWriter(tmp_path, "soc2-2026-Q3") as pack:
        assert names(tmp_path) == [f".soc2-2026-Q3.partial.{os.getpid()}"]
        pack.publish()
    assert names(tmp_path) == ["soc2-2026-Q3"]


def test_a_pack_that_another_run_is_building_is_left_alone(tmp_path: Path) -> None:
    with PackWriter(tmp_path, "one") as one:
        one.add("a", b"")
        with PackWriter(tmp_path, "two") as two:
            two.publish()
        one.publish()
    assert names(tmp_path) == ["one", "two"]


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError) as caught, PackWriter(tmp_path / "out", "p"):
        pass
    assert caught.value.exit_code is ExitCode.OUTPUT
    assert caught.value.diagnostics() == [f"cannot write {tmp_path}/out: file exists. Remove it or choose another name"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (errno.ENOSPC, "no space left on device. Free some space and run it again"),
        (errno.EACCES, "permission denied. Choose a folder that you may write to"),
        (errno.EIO, "input/output error. Choose another folder"),
    ],
)
def test_a_disk_that_fails_is_one_line_with_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, line: str
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: throw(OSError(code, os.strerror(code))))
    with pytest.raises(OutputError) as caught:
        build(tmp_path, PackWriter.publish, **{"a/b": b"x"})
    assert caught.value.diagnostics() == [f"cannot write {tmp_path}/p/a/b: {line}"]
    assert names(tmp_path) == []


def test_a_pack_that_could_not_be_synced_after_its_rename_is_said_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "sync_folder", lambda _: throw(OSError(errno.EIO, "Input/output error")))
    with pytest.raises(OutputError, match="p is written, but its folder could not be synced"):
        build(tmp_path, PackWriter.publish, a=b"x")
    assert (tmp_path / "p" / "a").read_bytes() == b"x"


def test_an_output_file_is_written_whole_and_privately(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".csv")
    seen: list[list[str]] = []

    def write(file: BinaryIO) -> None:
        file.write(b"a\n")
        seen.append(names(tmp_path))

    write_whole(path, write)
    assert seen == [[f".auditctl.partial.{os.getpid()}"]]
    assert path.read_bytes() == b"a\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("kind", ["file", "link to nowhere", "folder"])
def test_an_output_file_that_exists_is_refused_before_anything_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out.csv"
    if kind == "file":
        path.write_bytes(b"old")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputError) as caught:
        write_whole(path, lambda _: pytest.fail("was asked to write"))
    assert caught.value.diagnostics() == [f"{path} exists. Remove it or choose another name"]
    assert names(tmp_path) == ["out.csv"]


def test_an_output_file_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with pytest.raises(OutputError, match="exists"):
        write_whole(path, lambda file: (path.write_bytes(b"first"), file.write(b"second")))
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["out.csv"]


def test_an_output_file_is_absent_after_an_error(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        file.write(b"half")
        raise SourceError("lost midway")

    with pytest.raises(SourceError):
        write_whole(tmp_path / "out.csv", write)
    assert names(tmp_path) == []


def test_an_output_file_in_a_folder_that_is_missing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / "gone" / "out.csv", lambda _: None)
    assert caught.value.diagnostics() == [
        f"cannot write {tmp_path}/gone: no such file or directory. Make the folder first"
    ]


def test_a_write_error_within_an_output_file_names_it(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OutputError, match=r"cannot write .*out\.csv: no space left on device"):
        write_whole(tmp_path / "out.csv", write)
    assert names(tmp_path) == []


def test_what_a_killed_run_left_is_removed_also_where_the_output_exists(tmp_path: Path) -> None:
    script = "import os, signal, sys\nfrom pathlib import Path\nfrom auditctl.commit import write_whole\n"
    script += "write_whole(Path(sys.argv[1]), lambda _: os.kill(os.getpid(), signal.SIGKILL))\n"
    killed = subprocess.run([sys.executable, "-c", script, tmp_path / "out.csv"], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 1
    (tmp_path / "out.csv").write_bytes(b"old")
    with pytest.raises(OutputError, match="exists"):
        write_whole(tmp_path / "out.csv", lambda _: None)
    assert names(tmp_path) == ["out.csv"]
