"""Makes the demo: a metadata database as Superset 6.1 writes it, settings, input files and the truth about them."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from auditctl.commit import opened_folder
from auditctl.demo import files, writer
from auditctl.demo.account_tables import fill_accounts
from auditctl.demo.administration import plant_administration
from auditctl.demo.content_tables import fill_content, fill_saved_query
from auditctl.demo.people import BY_NAME
from auditctl.demo.planted_accounts import plant_accounts
from auditctl.demo.planted_content import plant_content
from auditctl.demo.recorder import Recorder
from auditctl.demo.routine import Routine
from auditctl.demo.rows import Day, stream
from auditctl.demo.schedules import fill_schedules
from auditctl.demo.sign_ins import Attendance, calm_from, settle
from auditctl.demo.story import Story
from auditctl.demo.timeline import Timeline
from auditctl.demo.truth import Truth
from auditctl.demo.world import World
from auditctl.errors import OutputError, UsageError
from auditctl.workspace import temporary_folder, uninterrupted


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to make. The same options make the same rows and the same bytes in every file but the database.

    `until` is aware and exclusive: the history ends there and is at least 18 months long. `events` is about how many
    ordinary rows `logs` gets; planted rows and the recorder's come on top. `stock` leaves the recorder out.
    """

    until: datetime
    events: int = 50_000
    seed: int = 1
    stock: bool = False

    def __post_init__(self) -> None:
        if self.until.tzinfo is None:
            raise UsageError("the end of the demo has no time zone", hint="Write it with Z or an offset.")
        if self.events < 0:
            raise UsageError(f"a demo cannot have {self.events} events", hint="Give a number from 0 up.")


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the parts of a demo are."""

    database: Path
    settings: Path
    leavers: Path
    approved_admins: Path
    truth: Path

    @classmethod
    def within(cls, folder: Path) -> DemoFiles:
        """Return the paths in a folder."""
        names = ("metadata.sqlite", "auditctl.toml", "leavers.csv", "approved_admins.csv", "truth.json")
        return cls(*(folder / name for name in names))

    def paths(self) -> tuple[Path, ...]:
        """Return all of them; the settings last, because with them the demo counts as made."""
        return self.database, self.leavers, self.approved_admins, self.truth, self.settings


def write_demo(folder: Path, options: DemoOptions) -> DemoFiles:
    """Write a demo into a folder, made if it is missing: everything, or nothing.

    Raises:
        OutputError: A part of a demo is there already, or the folder cannot be written.
    """
    made = DemoFiles.within(folder)
    for path in made.paths():
        if path.exists():
            raise OutputError(f"{path} is there already", hint="Name another folder, or remove it first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with opened_folder(folder) as opened:
            draft = folder / f".demo.partial.{os.getpid()}"
            with temporary_folder(opened, draft):
                parts = DemoFiles.within(draft)
                _generate(parts, options)
                _show(parts, made)
    except (OSError, sqlite3.OperationalError) as error:  # SQLite says in its own words that a disk is full
        reason = error.strerror if isinstance(error, OSError) else str(error)
        hint = "Name a folder that can be written."
        raise OutputError(f"cannot write a demo to {folder}: {reason}", hint=hint) from error
    return made


def _show(parts: DemoFiles, made: DemoFiles) -> None:
    """Give the parts their names; where one fails, those before it go again."""
    with uninterrupted(), ExitStack() as undo:
        for part, path in zip(parts.paths(), made.paths(), strict=True):
            part.replace(path)
            undo.callback(path.unlink)
        undo.pop_all()


def _generate(parts: DemoFiles, options: DemoOptions) -> None:
    timeline = Timeline.ending(options.until, recorded=not options.stock)
    world, truth = World(), Truth(timeline)
    recorder = Recorder(timeline.recorder_since, stream(options.seed, "recorder"))
    story = Story(timeline, world, recorder, truth)
    plant_accounts(story)
    plant_content(story)
    plant_administration(story)
    chance = stream(options.seed, "objects")
    token = chance.randbytes(16)
    routine = Routine.of(options.events, world, timeline, truth, str(UUID(bytes=token)))
    attendance = Attendance(stream(options.seed, "sign-ins"), calm_from(timeline.until))
    acts = stream(options.seed, "acts")
    database = writer.create(parts.database)
    try:
        log = writer.LogWriter(database, truth, timeline.until)
        for date in timeline.days():
            day = Day(date, timeline.until, acts)
            present = story.present(date) if date != timeline.silent_day else []
            attendance.arrive(day, present)
            story.tell(day)
            routine.fill(day, present)
            attendance.go_home(day, present)
            settle(day, world, recorder)
            recorder.beat(day)
            log.write(day)
        fill_accounts(database, world)
        fill_content(database, world, chance, token)
        fill_saved_query(database, world, chance)
        fill_schedules(database, world, timeline, chance)
        writer.finish(database)
    finally:
        database.close()
    document = truth.document(options.seed, log.logs, log.queries)
    parts.settings.write_text(files.settings_text(timeline), encoding="utf-8")
    parts.leavers.write_text(files.leavers_text(truth.facts, BY_NAME, timeline), encoding="utf-8")
    parts.approved_admins.write_text(files.approvals_text(timeline), encoding="utf-8")
    parts.truth.write_text(files.truth_text(document), encoding="utf-8")
