"""The files of a catalogue's folder, read once and hashed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from auditctl.catalogue.problems import Problems

NOT_AREAS = ("relations", "controls")
"""Folders of a catalogue that hold no queries."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of catalogue files; `hashes` holds every file that was read, by its path in the folder.

    Texts are taken with LF line ends and without a byte order mark, so that a hash does not depend on the checkout.
    """

    path: Path
    problems: Problems
    hashes: dict[str, str] = field(default_factory=dict)

    def read(self, path: Path) -> str | None:
        """Return the text of a file; None when it cannot be read, which is noted."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.problems.add(path, 1, "there is no such file; restore it")
        except OSError as error:
            self.problems.add(path, 1, f"cannot be read: {error.strerror}; mend its permissions")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self.problems.add(path, line, "not UTF-8; save it as UTF-8")
        else:
            self.hashes[path.relative_to(self.path).as_posix()] = digest(text)
            return text
        return None

    def query_paths(self) -> list[Path]:
        """Return the query files: in the folder itself, and in each area."""
        found = [*self.path.glob("*.sql"), *self.path.glob("*/*.sql")]
        return sorted(path for path in found if self.area(path) not in NOT_AREAS and not _is_hidden(path, self.path))

    def area(self, path: Path) -> str:
        """Return the area of a query file: its folder's name, `custom` for a file in no area."""
        return "custom" if path.parent == self.path else path.parent.name

    def control_paths(self) -> list[Path]:
        """Return the files of the frameworks."""
        return sorted(path for path in self.path.glob("controls/*.toml") if not _is_hidden(path, self.path))


def _is_hidden(path: Path, folder: Path) -> bool:
    """Whether an editor or a file system left it there."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
