from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditctl.errors import IntegrityError
from auditctl.pack.layout import PackFile
from auditctl.pack.manifest import format_sums, read_manifest, read_sums, seal
from auditctl.pack.publish import PackWriter

FACTS: dict[str, object] = {
    "name": "p",
    "pack_id": "1f",
    "status": "FINAL",
    "organisation": "Bäckerei \x9b",
    "csv": {"dialect": "rfc4180"},
}
EMPTY = hashlib.sha256(b"").hexdigest()


def sealed(tmp_path: Path) -> Path:
    with PackWriter(tmp_path, "p") as pack:
        pack.add("report.json", b"{}")
        pack.add("evidence/q/rows.csv", b"a\n1\n", rows=1)
        root = seal(pack, FACTS)
        folder = pack.publish()
    assert root == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    return folder


def manifest(**changes: object) -> bytes:
    document: dict[str, object] = {"schema": "auditctl-manifest/1", "files": [], **FACTS, **changes}
    kept = {key: value for key, value in document.items() if value is not ...}
    return (json.dumps(kept, sort_keys=True, indent=1) + "\n").encode()


def listed(path: str, **changes: object) -> dict[str, object]:
    return {"path": path, "bytes": 0, "sha256": EMPTY} | changes


def test_a_manifest_says_every_file_and_fact_in_one_form(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    assert (folder / "manifest.json").read_text(encoding="ascii") == (
        "{\n"
        ' "csv": {\n  "dialect": "rfc4180"\n },\n'
        ' "files": [\n'
        '  {\n   "bytes": 4,\n   "path": "evidence/q/rows.csv",\n   "rows": 1,\n'
        f'   "sha256": "{hashlib.sha256(b"a" + bytes([10]) + b"1" + bytes([10])).hexdigest()}"\n  }},\n'
        '  {\n   "bytes": 2,\n   "path": "report.json",\n'
        f'   "sha256": "{hashlib.sha256(b"{}").hexdigest()}"\n  }}\n'
        " ],\n"
        ' "name": "p",\n "organisation": "B\\u00e4ckerei \\u009b",\n "pack_id": "1f",\n'
        ' "schema": "auditctl-manifest/1",\n "status": "FINAL"\n'
        "}\n"
    )
    read = read_manifest((folder / "manifest.json").read_bytes())
    assert (read.name, read.pack_id, read.status) == ("p", "1f", "FINAL")
    assert read.files["evidence/q/rows.csv"].rows == 1
    assert read.facts["organisation"] == FACTS["organisation"]


def test_sha256sum_reads_the_sums(tmp_path: Path) -> None:
    folder = sealed(tmp_path)
    lines = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    assert [line.split("  ")[1] for line in lines] == ["evidence/q/rows.csv", "manifest.json", "report.json"]
    tool = shutil.which("sha256sum")
    assert tool is not None
    checked = subprocess.run([tool, "-c", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert checked.returncode == 0
    assert checked.stdout.count(b": OK\n") == 3


def test_equal_files_and_facts_give_equal_bytes(tmp_path: Path) -> None:
    one, other = sealed(tmp_path / "one"), sealed(tmp_path / "other")
    for name in ("manifest.json", "SHA256SUMS"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


@pytest.mark.parametrize(
    "facts",
    [
        {**FACTS, "files": []},
        {**FACTS, "schema": "x"},
        {**FACTS, "status": "DRAFT"},
        {**FACTS, "share": float("nan")},
        {"name": "p", "status": "FINAL"},
    ],
)
def test_facts_that_could_not_be_read_back_are_refused(tmp_path: Path, facts: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"files|schema|status|JSON|pack_id"), PackWriter(tmp_path, "p") as pack:
        seal(pack, facts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"\xef\xbb\xbf" + manifest(), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[" * 500 + b"]" * 500, "not JSON|schema"),
        (b'{"bytes": ' + b"9" * 5000 + b"}", "not JSON"),
        (manifest().replace(b'"1f"', b"NaN"), "not JSON"),
        (manifest().replace(b'"1f"', b"1e999"), "not JSON"),
        (manifest().replace(b'"name": "p"', b'"name": "p",\n "name": "q"'), "a key is there twice"),
        (b"[]", "schema"),
        (b'"x"', "schema"),
        (manifest(schema="auditctl-manifest/2"), "schema"),
        (manifest().replace(b"\n ", b"\n  "), "form"),
        (manifest() + b"\n", "form"),
        (manifest().replace(b"\n", b"\r\n"), "form"),
        (manifest(files=...), "lists no files"),
        (manifest(files={}), "lists no files"),
        (manifest(files=["a"]), "other keys"),
        (manifest(files=[listed("a", mode=1)]), "other keys"),
        (manifest(files=[{"path": "a"}]), "other keys"),
        (manifest(files=[listed("../../etc/passwd")]), "cannot be a file"),
        (manifest(files=[listed("/etc/passwd")]), "cannot be a file"),
        (manifest(files=[listed("a/./b")]), "cannot be a file"),
        (manifest(files=[listed("manifest.json")]), "cannot be a file"),
        (manifest(files=[listed("SHA256SUMS")]), "cannot be a file"),
        (manifest(files=[listed("x" * 1_000_000)]), "cannot be a file"),
        (manifest(files=[{**listed("a"), "path": 7}]), "path is missing or not text"),
        (manifest(files=[listed("a", sha256="00")]), "sha256 of a"),
        (manifest(files=[listed("a", sha256=EMPTY.upper())]), "sha256 of a"),
        (manifest(files=[listed("a", bytes=-1)]), "bytes of a"),
        (manifest(files=[listed("a", bytes=True)]), "bytes of a"),
        (manifest(files=[listed("a", bytes=1.0)]), "bytes of a"),
        (manifest(files=[listed("a", rows="1")]), "rows of a"),
        (manifest(files=[listed("a"), listed("a")]), "twice"),
        (manifest(files=[listed("b"), listed("a")]), "order"),
        (manifest(name=None), "name"),
        (manifest(pack_id=[]), "pack_id"),
        (manifest(status=...), "status"),
        (manifest(name="soc2\x1b[2K"), r"soc2\\u\{1b\}\[2K cannot be the name"),
        (manifest(name="../soc2"), r"\.\./soc2 cannot be the name"),
        (manifest(status="COMPLETE\x1b[2J"), r"status is COMPLETE\\u\{1b\}"),
    ],
)
def test_a_manifest_that_lies_about_its_form_is_refused_in_one_line(data: bytes, reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason) as caught:
        read_manifest(data)
    (line,) = caught.value.diagnostics()
    assert line.startswith("manifest.json cannot be trusted: ")
    assert line.isprintable()
    assert len(line) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_make_the_reader_crash(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        read_manifest(data)


@given(st.dictionaries(st.sampled_from(["files", "name", "pack_id", "status", "extra"]), json_values, max_size=3))
def test_no_value_makes_the_reader_crash(changes: dict[str, object]) -> None:
    try:
        read = read_manifest(manifest(**changes))
    except IntegrityError:
        return
    assert read.files == {}
    assert read.status in ("FINAL", "INTERIM", "INCOMPLETE")


def test_sums_are_read_back() -> None:
    files = [PackFile("b", 1, "b" * 64), PackFile("a/c", 1, "a" * 64)]
    assert format_sums(files) == f"{'a' * 64}  a/c\n{'b' * 64}  b\n".encode()
    assert read_sums(format_sums(files)) == ({"a/c": "a" * 64, "b": "b" * 64}, [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{EMPTY}  a", "its last line does not end"),
        (f"{EMPTY} a\n", "line 1 is not a hash, two spaces and a path"),
        (f"{EMPTY}  ../a\n", "line 1 is not a hash, two spaces and a path"),
        (f"\\{EMPTY}  a\n", "line 1 is not a hash, two spaces and a path"),
        (f"{EMPTY}  a\r\n", "line 1 is not a hash, two spaces and a path"),
        (f"{EMPTY}  a\n\n", "line 2 is not a hash, two spaces and a path"),
        (f"{EMPTY}  a\n{EMPTY}  a\n", "line 2 names a again"),
        (f"{EMPTY}  b\n{EMPTY}  a\n", "its lines are not in order"),
    ],
)
def test_sums_of_another_form_are_a_problem(text: str, problem: str) -> None:
    assert problem in read_sums(text.encode())[1]
