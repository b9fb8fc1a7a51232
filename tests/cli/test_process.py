"""What a process of auditctl leaves behind when it dies."""

from __future__ import annotations

from pathlib import Path

from .command import CommandLine

_LIMIT = """
import resource
from auditctl.cli.app import run
run(["queries", "show", "failed-logins"])
print(resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_no_core_is_dumped_with_the_secrets_in_it(auditctl: CommandLine, tmp_path: Path) -> None:
    ended = auditctl.in_python(_LIMIT, cwd=tmp_path)
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "(0, 0)")
