"""No password and no literal of a statement goes where it should not: output, packs, temporary files, arguments."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.command import FIXTURE, FIXTURE_NOW, CommandLine, contents
from tests.servers.databases import Loaded

from .opened import as_given
from .reader import PASSWORD, made

SECRETS = ("CANARY", PASSWORD, "p%40ss")
LITERALS = ("'E11'", "SKU1")
"""Values in statements that users of the fixture ran."""

# Runs the command line, and keeps what it leaves to nobody: each folder just before it is removed, and meanwhile the
# arguments and the environment of every process below this one.
WATCHED = """
import json, os, pathlib, runpy, shutil, sys, threading, time
kept, sys.argv = pathlib.Path(sys.argv[1]), ["auditctl", *sys.argv[2:]]
removed, seen, over = shutil.rmtree, set(), threading.Event()
def keep(path, *arguments, dir_fd=None, **options):
    at = pathlib.Path(path if dir_fd is None else f"/proc/self/fd/{dir_fd}/{path}")
    if at.is_dir():
        shutil.copytree(at, kept / f"removed-{len(list(kept.iterdir()))}")
    removed(path, *arguments, **options) if dir_fd is None else removed(path, *arguments, dir_fd=dir_fd, **options)
def children(pid):
    yield pid
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from children(child)
def watch():
    while not over.wait(0.02):
        try:
            for pid in children(os.getpid()):
                for name in ("cmdline", "environ"):
                    seen.add(pathlib.Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace"))
        except OSError:  # it ended meanwhile
            pass
shutil.rmtree = keep
watching = threading.Thread(target=watch)
watching.start()
try:
    runpy.run_module("auditctl", run_name="__main__")
finally:
    over.set()
    watching.join()
    (kept / "processes.json").write_text(json.dumps(sorted(seen)))
"""


def texts(data: bytes) -> Iterator[bytes]:
    """Yield a file's bytes, and what is compressed in it: of Parquet, zip and XLSX."""
    yield data
    if data.startswith(b"PAR1"):
        yield json.dumps(pq.read_table(io.BytesIO(data)).to_pylist(), default=str).encode()
    elif data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as members:
            for name in members.namelist():
                yield from texts(members.read(name))


def holders(folder: Path, words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the files below a folder that hold one of the words, and the word."""
    files = contents(folder).items()
    return [
        (name, word) for name, data in files for word in words if any(word.encode() in text for text in texts(data))
    ]


@pytest.fixture
def auditctl(tmp_path: Path) -> CommandLine:
    (tmp_path / "home" / "tmp").mkdir(parents=True)
    return CommandLine(tmp_path / "home")


def test_the_words_would_be_found_wherever_a_file_holds_them(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(FIXTURE.read_bytes())
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as made_zip:
        made_zip.writestr("inside", "CANARY" * 100)
    assert {name for name, _ in holders(tmp_path, SECRETS)} == {"plain", "x.zip"}
    assert ("plain", "'E11'") in holders(tmp_path, LITERALS)


def test_a_report_keeps_the_password_and_the_literals_to_itself(
    loaded: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    with made(loaded) as account:
        url = as_given(account.url).render_as_string(hide_password=False)
        address = tmp_path / "source.url"
        address.write_text(url, encoding="utf-8")
        address.chmod(0o600)
        source = ("--now", FIXTURE_NOW, "--url-file", str(address))
        options = ("--period", "2026-11", "--out", str(tmp_path / "out"), "--with-population", "--zip", "--no-pdf")
        done = auditctl.in_python(WATCHED, str(kept), *source, "report", "soc2", *options, cwd=tmp_path)
    assert done.code == 0, done.err
    assert list((tmp_path / "out").glob("*.zip"))
    assert holders(tmp_path / "out", (*SECRETS, *LITERALS)) == []
    folders = [path for path in kept.iterdir() if path.is_dir()]
    assert any((folder / "logs.parquet").exists() for folder in folders), "the raw rows were looked at"
    assert holders(kept, SECRETS) == []
    populations = [folder / "population" for folder in folders if (folder / "population").is_dir()]
    assert populations
    assert [found for folder in populations for found in holders(folder, LITERALS)] == []
    arguments = json.loads((kept / "processes.json").read_bytes())
    assert any("report" in words and "soc2" in words for words in arguments)


@pytest.mark.parametrize("bad", [("--period", "Q9"), ("--out", "/dev/null/x"), ("--period", "2026-11", "--now", "x")])
def test_what_fails_does_not_tell_the_password_either(
    bad: tuple[str, ...], pg: Loaded, auditctl: CommandLine, tmp_path: Path
) -> None:
    with made(pg) as account:
        address = tmp_path / "source.url"
        address.write_text(as_given(account.url).render_as_string(hide_password=False), encoding="utf-8")
        address.chmod(0o600)
        done = auditctl("--url-file", str(address), "report", "soc2", *bad, cwd=tmp_path)
    assert done.code in (2, 6)
    assert [word for word in SECRETS if word in done.out + done.err] == []
    assert holders(auditctl.temporary, SECRETS) == []
