from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditctl.errors import ExitCode, OutputError
from auditctl.workspace import private_folder, uninterrupted


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def base(temp: Path) -> Path:
    return temp / f"auditctl-{os.geteuid()}"


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_folder_and_its_base_are_private_whatever_the_umask(temp: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with private_folder() as folder:
            assert folder.parent == base(temp)
            assert folder.name.startswith(f"run-{os.getpid()}-")
            assert (mode(folder), mode(folder.parent)) == (0o700, 0o700)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)


def test_two_runs_have_two_folders(temp: Path) -> None:
    with private_folder() as one, private_folder() as other:
        (one / "rows.parquet").write_bytes(b"rows")
        assert one != other
        assert list(other.iterdir()) == []


def test_the_folder_is_removed_with_what_it_holds(temp: Path) -> None:
    with private_folder() as folder:
        (folder / "extract").mkdir()
        (folder / "extract" / "logs.parquet").write_bytes(b"rows")
    assert list(base(temp).iterdir()) == []


def test_the_folder_is_removed_after_an_error(temp: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private_folder():
        raise KeyboardInterrupt
    assert list(base(temp).iterdir()) == []


def test_what_a_killed_run_left_is_removed_by_the_next(temp: Path) -> None:
    script = "import os, signal\nfrom auditctl.workspace import private_folder\nwith private_folder() as folder:\n"
    script += "    (folder / 'rows').write_bytes(b'secret')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    killed = subprocess.run([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(temp)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(base(temp).glob("run-*/rows"))) == 1
    with private_folder() as folder:
        assert list(base(temp).iterdir()) == [folder]


def test_only_private_folders_of_dead_runs_are_swept(temp: Path) -> None:
    base(temp).mkdir(0o700)
    dead = dead_pid()
    elsewhere = temp / "elsewhere"
    elsewhere.mkdir(0o700)
    kept = [f"run-{os.getppid()}-{'a' * 16}", f"run-{dead}-short", f"notes-{dead}-{'b' * 16}", f"run-{dead}-{'c' * 16}"]
    for name in kept:
        (base(temp) / name).mkdir(0o700)
    (base(temp) / kept[-1]).chmod(0o755)  # not made by this program
    (base(temp) / f"run-{dead}-{'d' * 16}").symlink_to(elsewhere)
    (base(temp) / f"run-{dead}-{'e' * 16}").mkdir(0o700)
    (base(temp) / f"run-{os.getpid()}-{'f' * 16}").mkdir(0o700)  # ours by number only: a former process's
    with private_folder() as folder:
        left = {path.name for path in base(temp).iterdir()} - {folder.name}
    assert left == {*kept, f"run-{dead}-{'d' * 16}"}
    assert elsewhere.is_dir()


@pytest.mark.parametrize("trap", ["open to others", "a link", "a file"])
def test_a_base_that_is_not_ours_alone_is_not_used(temp: Path, trap: str) -> None:
    other = temp / "other"
    other.mkdir(0o700)
    if trap == "open to others":
        base(temp).mkdir()
        base(temp).chmod(0o777)
    elif trap == "a link":
        base(temp).symlink_to(other)
    else:
        base(temp).write_bytes(b"")
    with private_folder() as folder:
        assert folder.parent.parent == temp
        assert folder.parent not in (base(temp), other)
        assert mode(folder.parent) == 0o700
    assert not folder.parent.exists()
    assert list(other.iterdir()) == []


def test_a_temporary_folder_that_is_missing_is_an_output_error(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(temp / "gone"))
    with pytest.raises(OutputError) as caught, private_folder():
        pass
    assert caught.value.exit_code is ExitCode.OUTPUT
    assert "TMPDIR" in caught.value.diagnostics()[0]


def test_an_error_of_the_run_itself_is_not_taken_for_one_of_the_folder(temp: Path) -> None:
    with pytest.raises(PermissionError, match="the run's own"), private_folder():
        raise PermissionError("the run's own")


def test_signals_wait_until_the_block_is_done() -> None:
    seen: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("signal"))
    try:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)
            seen.append("block done")
        assert seen == ["block done", "signal"]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_nothing_is_written_to_see_whether_the_temporary_folder_can_be_written(
    temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open
    seen: list[object] = []

    def told(path: str, *rest: int, **named: int) -> int:
        seen.append(path)
        return opened(path, *rest, **named)

    monkeypatch.setattr(os, "open", told)
    with private_folder() as folder:
        pass
    assert [str(path) for path in seen if str(path) not in (str(base(temp)), folder.name)] == []
