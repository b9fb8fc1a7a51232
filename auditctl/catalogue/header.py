"""The header of a query file: a comment block in TOML, with the block grammar of Python's inline script metadata."""

from __future__ import annotations

import re
from pathlib import Path

from auditctl.catalogue.document import Document, parse_document
from auditctl.catalogue.problems import Problems

_BLOCK = re.compile(r"(?m)^-- /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(?:^--(?:| .*)$\s)+)^-- ///$")
_OPENING = "-- /// audit"
_SHAPE = "write '-- /// audit', lines of '-- ' and TOML, then '-- ///'"


def split_header(path: Path, text: str, problems: Problems) -> tuple[Document | None, str]:
    """Return the parsed header of a query file, and the statement after it.

    The header is None when there is none that can be read; that, and a missing statement, are noted.
    """
    blocks = [block for block in _BLOCK.finditer(text) if block["type"] == "audit"]
    if not blocks:
        _note_missing(path, text, problems)
        return None, ""
    block = blocks[0]
    if len(blocks) > 1:
        problems.add(path, _line(text, blocks[1].start()), "a second header; keep one '-- /// audit' block per file")
    for number, line in enumerate(text[: block.start()].splitlines(), 1):
        if line.strip() and not line.startswith("--"):
            problems.add(path, number, "text before the header; begin the file with it")
    statement = text[block.end() :].strip()
    if not statement:
        problems.add(path, _line(text, block.end()), "no statement after the header; write one SELECT")
    toml = "\n".join(line[3:] for line in block["content"].splitlines())
    return parse_document(path, toml, problems, before=_line(text, block.start())), statement


def statement_line(text: str, statement: str) -> int:
    """Return the line on which the statement of a query file begins."""
    return _line(text, len(text.rstrip()) - len(statement))


def _note_missing(path: Path, text: str, problems: Problems) -> None:
    lines = text.splitlines()
    if _OPENING not in lines:
        problems.add(path, 1, f"no header; {_SHAPE}")
        return
    opened = lines.index(_OPENING) + 1
    for number, line in enumerate(lines[opened:], opened + 1):
        if line == "-- ///" or (line != "--" and not line.startswith("-- ")):
            problems.add(path, number, f"the header is broken here; {_SHAPE}")
            return
    problems.add(path, opened, f"the header is never closed; {_SHAPE}")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
