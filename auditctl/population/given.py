"""The user's files together, read and checked before a source is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from auditctl.errors import InputFileError
from auditctl.period import Period
from auditctl.population.inputs import PEOPLE, read_people
from auditctl.population.model import InputFile
from auditctl.population.sign_in_file import SIGN_INS, read_sign_ins
from auditctl.population.waivers import WAIVERS, read_waivers
from auditctl.settings import Settings


@dataclass(frozen=True, slots=True)
class GivenFiles:
    """What the user gave; a file that was not given is an empty table, and not in `files`."""

    files: tuple[InputFile, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)
    """Files of people, and waivers -> where they lie, for errors that show only against accounts and queries."""
    covers: Period | None = None
    """What management asserts the sign-in file to cover; None where nothing was declared."""
    tables: Mapping[str, pa.Table] = field(
        default_factory=lambda: {
            **{form.name: form.schema.empty_table() for form in PEOPLE},
            "sign_in_file": SIGN_INS.empty_table(),
            "waivers": WAIVERS.empty_table(),
        }
    )


def read_given(settings: Settings) -> GivenFiles:
    """Read every file that the settings name.

    Raises:
        InputFileError: the problems of all files at once.
    """
    inputs = settings.inputs
    problems: list[str] = []
    files: list[InputFile] = []
    paths: dict[str, Path] = {}
    tables = dict(GivenFiles().tables)
    covers = None
    for form in PEOPLE:
        path: Path | None = getattr(inputs, form.name)
        if path is not None:
            try:
                tables[form.name], file = read_people(path, form)
                files.append(file)
                paths[form.name] = path
            except InputFileError as error:
                problems += error.problems
    if inputs.sign_in_log is not None:
        try:
            sign_ins, file = read_sign_ins(inputs.sign_in_log, inputs.sign_in_log_covers, settings.report.zone)
            tables["sign_in_file"], covers = sign_ins.rows, sign_ins.covers
            files.append(file)
        except InputFileError as error:
            problems += error.problems
    if inputs.waivers is not None:
        try:
            tables["waivers"], file = read_waivers(inputs.waivers)
            files.append(file)
            paths["waivers"] = inputs.waivers
        except InputFileError as error:
            problems += error.problems
    if problems:
        raise InputFileError(problems)
    return GivenFiles(tuple(files), paths, covers, tables)
