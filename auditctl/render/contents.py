"""What a report says, before anybody has decided how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from auditctl.assess.changes import Changes
from auditctl.assess.model import ControlResult
from auditctl.catalogue.model import Control, Framework, RelationSpec
from auditctl.period import Period
from auditctl.population.model import Population
from auditctl.run.dictionary import RedactedTexts, SeenAction
from auditctl.run.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of the pack that was written before the pages."""

    path: str
    bytes: int
    sha256: str

    @property
    def folder(self) -> str:
        """Where it lies, with a slash at the end; empty for the pack's own folder."""
        return self.path.removesuffix(self.name)

    @property
    def name(self) -> str:
        """Its name in that folder."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class PackContents:
    """Everything that the report of a pack is rendered from; the same for HTML, PDF and JSON."""

    name: str
    """The pack's folder, such as `soc2-2026-Q3`."""
    pack_id: str
    status: str
    """FINAL, INTERIM or INCOMPLETE."""
    status_reasons: tuple[str, ...]
    framework: Framework
    period: Period
    cut_off: datetime
    generated_at: datetime
    population: Population
    results: tuple[ControlResult, ...]
    not_addressed: tuple[Control, ...]
    evidence: Mapping[str, Evidence]
    """Name -> evidence, each once however many tests use it."""
    relations: Mapping[str, RelationSpec]
    """What the relations of the population are made from, and what their columns mean."""
    actions: tuple[SeenAction, ...]
    """The actions that the log holds in the period, by name."""
    redacted_texts: RedactedTexts | None
    """What was done to SQL; None where the run read none."""
    settings: Mapping[str, object]
    """The effective settings, without secrets."""
    catalogue_sha256: str
    tool: str
    """`auditctl 0.1.0`."""
    generated_by: str
    """`user@host` of the run."""
    input_notes: tuple[str, ...] = ()
    """What a reader should know of the user's files, one sentence each."""
    supersedes: str = ""
    """For a re-issue: the pack it supersedes, and why."""
    changes: Changes | None = None
    """What changed since the previous pack; None where none was given."""
    files: tuple[ListedFile, ...] = ()
    """What the pages list: files of the pack that were written before them, by path."""
