"""The steps of the integrity page, followed word for word by somebody who has the pack and a shell."""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .command import CommandLine, Pack

Step = Callable[[int], "subprocess.CompletedProcess[str]"]


def section(pack: Pack, name: str) -> str:
    page = (pack.folder / "report.html").read_text(encoding="utf-8")
    return page[page.index(f'<section id="{name}"') :].partition("</section>")[0]


@pytest.fixture
def step(auditctl: CommandLine, pack: Pack, tmp_path: Path) -> Step:
    """Return what runs the commands of a step in a copy of the pack."""
    shutil.copytree(pack.folder, tmp_path / "pack")
    tool = tmp_path / "bin" / "auditctl"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m auditctl "$@"\n', encoding="utf-8")
    tool.chmod(0o755)

    def follow(number: int) -> subprocess.CompletedProcess[str]:
        (commands,) = re.findall(
            rf"<h3>{number}\. [^<]*</h3>\s*<pre>(.*?)</pre>", section(pack, "integrity"), re.DOTALL
        )
        environment = auditctl.environment()
        environment["PATH"] = f"{tool.parent}:{environment['PATH']}"
        command = ["sh", "-ec", html.unescape(commands)]
        return subprocess.run(
            command, cwd=tmp_path / "pack", env=environment, capture_output=True, encoding="utf-8", check=False
        )

    return follow


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="this system has no sha256sum")
def test_each_file_is_the_one_that_was_listed_and_no_other_is_there(step: Step) -> None:
    done = step(1)
    *files, there, listed = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.endswith(": OK") for line in files)
    assert int(there) == int(listed) + 1 == len(files) + 1


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="this system has no sha256sum")
def test_the_root_hash_is_the_one_that_making_it_printed(step: Step, pack: Pack) -> None:
    assert step(2).stdout.split()[0] in pack.made.out


def test_auditctl_verifies_and_repeats_it(step: Step, pack: Pack) -> None:
    verified = step(3)
    assert (verified.returncode, verified.stdout.splitlines()[0]) == (0, f"FINAL  {pack.folder.name}")
    repeated = step(5)
    assert repeated.returncode == 0
    assert re.search(r"^(\d+) of \1 queries reproduced$", repeated.stdout, re.MULTILINE)


def test_the_page_lists_every_file_that_was_written_before_it(pack: Pack) -> None:
    manifest = json.loads((pack.folder / "manifest.json").read_bytes())
    wanted = {file["path"]: file["sha256"] for file in manifest["files"]}
    assert wanted.pop("report.html") == hashlib.sha256((pack.folder / "report.html").read_bytes()).hexdigest()
    del wanted["report.pdf"]
    listed = {}
    page = section(pack, "files").replace("<wbr>", "")  # where a long name may break
    for body in re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL):
        folder = re.findall(r"<th[^>]*>([^<]*)</th>", body)
        for name, sha256 in re.findall(r'<td class="code">([^<]*)</td>.*?<td class="code">([^<]*)</td>', body):
            listed["".join(folder) + name] = sha256
    assert listed == wanted
