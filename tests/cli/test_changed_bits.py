"""One changed bit anywhere in a whole, signed pack: `verify` ends with 5 and names the file, 500 times out of 500."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditctl.pack.manifest import read_manifest, seal
from auditctl.pack.note import new_key
from auditctl.pack.publish import PackWriter

from .command import CommandLine, Pack

FLIPS = 500
_FLIP = """
import contextlib, io, json, random, sys
from pathlib import Path
from auditctl.cli.app import run

def verify():
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        return run(["verify", str(root)]), out.getvalue() + err.getvalue()

root, random = Path(sys.argv[1]), random.Random(20261124)
files = sorted(path for path in root.rglob("*") if path.is_file())
for number in range(int(sys.argv[2])):
    path = files[number % len(files)]
    data = path.read_bytes()
    changed = bytearray(data)
    changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
    path.write_bytes(changed)
    code, said = verify()
    path.write_bytes(data)
    print(json.dumps([path.relative_to(root).as_posix(), code, said]))
print(json.dumps(["", *verify()]))
"""


@pytest.fixture
def signed(pack: Pack, tmp_path: Path) -> Path:
    """Return the demo's pack, its population in it, signed."""
    manifest = read_manifest((pack.folder / "manifest.json").read_bytes())
    facts = {name: value for name, value in manifest.facts.items() if name not in ("schema", "signer")}
    with PackWriter(tmp_path, pack.folder.name) as writer:
        for path, file in manifest.files.items():
            writer.add_file(path, pack.folder / path, file.rows)
        seal(writer, facts, new_key("audit-host"))
        return writer.publish()


def test_every_changed_bit_of_every_file_is_found_and_its_file_named(auditctl: CommandLine, signed: Path) -> None:
    done = auditctl.in_python(_FLIP, str(signed), str(FLIPS), cwd=signed.parent)
    *flips, (_, code, said) = map(json.loads, done.out.splitlines())
    assert (code, said.splitlines()[0]) == (0, "FINAL  soc2-2026-Q3")  # each bit was put back
    files = {str(path.relative_to(signed)) for path in signed.rglob("*") if path.is_file()}
    assert {"manifest.json", "SHA256SUMS", "manifest.json.sig", "report.pdf", "report.xlsx"} < files
    assert "population/events.parquet" in files
    assert ({name for name, _, _ in flips}, len(flips)) == (files, FLIPS)
    assert [(name, said) for name, code, said in flips if code != 5 or not _names(name, said)] == []


def _names(name: str, said: str) -> bool:
    """Whether the file is the one that is wrong; of the two lists either may be the one that was changed."""
    if name in ("manifest.json", "SHA256SUMS"):
        return name in said
    return [line.split(": ")[1] for line in said.splitlines() if line.startswith("  wrong: ")] == [name]
