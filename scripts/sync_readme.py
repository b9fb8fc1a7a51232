"""Keep the help blocks of README.md what the commands really say.

Between `<!-- help: auditctl exports -->` and `<!-- /help -->` stands the output of `auditctl exports --help`,
100 columns wide. Without an argument the blocks are rewritten; with `--check` the first one that is not is named and
the exit code is 1.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
COMMAND = Path(sys.executable).with_name("auditctl")
BLOCK = re.compile(r"<!-- help: auditctl(?P<arguments>[ \w-]*) -->\n(?P<shown>.*?)<!-- /help -->", re.DOTALL)


def main() -> int:
    """Rewrite or check every block; return the exit code."""
    text = README.read_text(encoding="utf-8")
    if not BLOCK.search(text):
        return fail("README.md has no help block (<!-- help: auditctl ... --> to <!-- /help -->)")
    if "--check" not in sys.argv[1:]:
        README.write_text(BLOCK.sub(current_block, text), encoding="utf-8")
        return 0
    for block in BLOCK.finditer(text):
        if block.group() != current_block(block):
            line = text.count("\n", 0, block.start()) + 1
            return fail(f"README.md:{line}: the block is not what the command says today; run 'make readme'")
    return 0


def current_block(block: re.Match[str]) -> str:
    """Return the block, markers included, as the command says it today."""
    arguments = block["arguments"].split()
    prompt = " ".join(["$ auditctl", *arguments, "--help"])
    return f"<!-- help: auditctl{block['arguments']} -->\n```text\n{prompt}\n{help_of(arguments)}\n```\n<!-- /help -->"


def help_of(arguments: list[str]) -> str:
    """Return what the command prints for `--help`, without blanks at line ends.

    Raises:
        subprocess.CalledProcessError: there is no such command.
    """
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AUDITCTL_")}
    result = subprocess.run(  # noqa: S603 - the arguments come from our own README
        [COMMAND, *arguments, "--help"],
        env=plain | {"COLUMNS": "100", "TERM": "dumb", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    return "\n".join(line.rstrip() for line in result.stdout.strip("\n").splitlines())


def fail(message: str) -> int:
    """Say what is wrong and return the exit code for it."""
    sys.stderr.write(f"{message}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
