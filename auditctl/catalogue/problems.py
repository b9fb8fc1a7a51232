"""Everything that is wrong with a catalogue, collected so that a person mends it in one go."""

from __future__ import annotations

from pathlib import Path

from auditctl.errors import CatalogueError
from auditctl.text import show


def shown_path(path: Path) -> str:
    """Return the path as a message names it: relative to the working folder when below it, else as given."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(path)


class Problems:
    """A growing list of problems, each with its file and line."""

    def __init__(self) -> None:
        self._found: set[tuple[str, int, str]] = set()

    def __len__(self) -> int:
        return len(self._found)

    def add(self, path: Path, line: int, message: str) -> None:
        """Note that `message` (what; what to do) is so at `path:line`, the first line being 1."""
        # A message quotes what a person wrote; it stays one line and says nothing to a terminal.
        quoted = "".join(letter if letter.isprintable() else show(letter) for letter in message)
        self._found.add((shown_path(path), line, quoted))

    def concern(self, path: Path) -> bool:
        """Return whether anything was noted about this file."""
        shown = shown_path(path)
        return any(found[0] == shown for found in self._found)

    def lines(self) -> list[str]:
        """Return one line per problem, by file and line."""
        return [f"{path}:{line}: {message}" for path, line, message in sorted(self._found)]

    def raise_if_any(self) -> None:
        """Raise all of them as one.

        Raises:
            CatalogueError: there is at least one.
        """
        if self._found:
            raise CatalogueError(self.lines())
