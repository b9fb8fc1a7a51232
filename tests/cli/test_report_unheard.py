"""A report whose summary nobody can read is published all the same, and says so."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from .command import CommandLine, Demo, Pack


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ('{ "$@"; echo "code $?" >&2; } | true', "broken pipe"),
        ('"$@" > /dev/full; echo "code $?" >&2', "no space left on device"),
    ],
)
def test_a_published_pack_is_told_by_the_exit_code_and_on_stderr(
    script: str, reason: str, auditctl: CommandLine, demo: Demo, pack: Pack, tmp_path: Path
) -> None:
    shutil.copytree(pack.folder, tmp_path / "out" / pack.folder.name)
    options = ("report", "soc2", "--no-pdf", "--period", "Q3", "--out", "out", "--fail-on", "not-evidenced")
    result = auditctl.in_shell(script, "--config", demo.settings, *options, cwd=tmp_path)
    root_hash = hashlib.sha256((pack.folder / "manifest.json").read_bytes()).hexdigest()
    assert result.complaints[-2:] == [
        f"auditctl: out/soc2-2026-Q3 is published, root hash {root_hash}; the summary could not be written: {reason}",
        "code 4",
    ]
