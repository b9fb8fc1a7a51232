"""The answer of one query: run it, say what it means, write it, and choose the exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from auditctl.assess.inputs import files_behind
from auditctl.assess.model import Outcome, Word
from auditctl.assess.outcomes import changed_thresholds, judge
from auditctl.catalogue.model import ParameterValue, Query, Test, Time
from auditctl.cli.context import Context, Opened
from auditctl.cli.formats import Format
from auditctl.cli.output import write_answers
from auditctl.cli.reading import reading
from auditctl.cli.talk import say
from auditctl.errors import ExitCode, worst
from auditctl.period import Period
from auditctl.population.asked import asked_scope
from auditctl.population.build import Needs
from auditctl.population.given import read_given
from auditctl.population.model import InputFile, Population
from auditctl.render.answer import Answer
from auditctl.render.wording import count
from auditctl.run.evidence import Evidence, Unmet
from auditctl.run.execute import parameter_values, run_query
from auditctl.text import SqlText, show
from auditctl.zones import in_zone


def answer_query(
    context: Context,
    query: Query,
    given: Mapping[str, ParameterValue],
    period_at: Callable[[datetime], Period],
    form: Format,
    output: Path | None,
    *,
    trust_ids: bool = False,
) -> ExitCode:
    """Run `query` over its window, write its rows, and return the exit code.

    `period_at` makes the window for a present, which is known for certain only when the source is open.

    Where the source could not have held the event, and nothing was found, the query's fallback is shown instead, with
    the words Not evidenced: never a bare empty table. With `trust_ids` the log is not scanned, and the answer says so.

    Raises:
        AuditctlError: settings, inputs, source or output; nothing was written then.
    """
    values = parameter_values(query, context.thresholds(query), given)
    period_at(context.present)  # what cannot be meant is said before anything is opened
    fallback = context.catalogue.queries[query.fallback] if query.fallback else None
    given_files = read_given(context.settings)
    needs = Needs.of([query, fallback] if fallback else [query])
    needs = replace(needs, asked=asked_scope(query, values), trust_ids=trust_ids)

    def read(opened: Opened) -> Population:
        return opened.population(needs, period_at(opened.present), given_files)

    with reading(context, read) as population:
        known = (fallback, parameter_values(fallback, context.thresholds(fallback), {})) if fallback else None
        evidence, instead = run_query(population, context.catalogue, context.settings.limits, query, values, known)
        test = Test(query.id, query.purpose, query.id)
        tolerance = context.settings.report.as_of_tolerance
        outcome = judge(test, evidence, population, changed_thresholds(evidence, test), tolerance)
        answers = [_answer(outcome, evidence, population)]
        if instead is not None:
            answers.append(_fallback_answer(instead))
        write_answers(answers, form, output, color=context.color)
        if form is not Format.TABLE or output is not None:
            for line in (answers[0].headline, *answers[0].notes, *answers[0].hints):
                say(show(line))  # a note quotes the user's files
        if instead is not None and form is not Format.TABLE:
            say(f"Known instead: {instead.query.title}. Run auditctl {instead.query.command}")
    return _exit_code(outcome, evidence, population)


def _answer(outcome: Outcome, evidence: Evidence, population: Population) -> Answer:
    query = evidence.query
    notes = [
        outcome.sentence,
        *outcome.threshold_notes,
        *_held(outcome),
        *_asserted(query, population),
        *outcome.input_notes,
        *_doubts(population),
    ]
    return Answer(
        headline=f"{outcome.word}: {query.title}, {_window(evidence, population)}",
        notes=tuple(notes),
        rows=evidence.all_rows(),
        count=evidence.rows,
        flagged=evidence.flagged,
        hints=tuple(dict.fromkeys(unmet.remedy for unmet in _missed(outcome, evidence))),
    )


def _missed(outcome: Outcome, evidence: Evidence) -> tuple[Unmet, ...]:
    """Return what the answer lacks; one that is not applicable lacks nothing."""
    return () if outcome.word is Word.NOT_APPLICABLE else evidence.unmet


def _held(outcome: Outcome) -> list[str]:
    """Say why an answer without rows is an answer."""
    return [f"Such rows could be held: {'; '.join(outcome.proof)}."] if outcome.proof else []


def _asserted(query: Query, population: Population) -> list[str]:
    """Name the user's files that the answer rests on."""
    return [_told(file) for file in files_behind(query, population)]


def _told(file: InputFile) -> str:
    facts = [f"{file.rows:,} rows", f"sha256 {file.sha256[:16]}..."]
    facts += [f"as of {file.as_of}"] if file.as_of else []
    facts += [f"from {file.origin}"] if file.origin else []
    return f"From {file.file} ({', '.join(facts)}){'; ' if file.note else ''}{file.note}."


def _fallback_answer(evidence: Evidence) -> Answer:
    query = evidence.query
    none = "" if evidence.rows else " There is none; that is no proof that nothing happened."
    return Answer(
        headline=f"Shown instead: {query.title}",
        notes=(f"{query.purpose}{none}", *_meanings(evidence)),
        rows=evidence.all_rows(),
        count=evidence.rows,
        flagged=evidence.flagged,
    )


def _meanings(evidence: Evidence) -> tuple[str, ...]:
    return tuple(column.help for column in evidence.columns if column.help)


def _window(evidence: Evidence, population: Population) -> str:
    period = population.period
    if evidence.query.time is Time.AS_OF and not any(parameter.is_window for parameter in evidence.query.parameters):
        return f"as of {in_zone(population.state_at, period.zone)} {period.zone}"
    return period.span


def _doubts(population: Population) -> list[str]:
    doubts = [f"{table.name}: {table.rows} rows were read, {table.counted} counted" for table in population.mismatches]
    if population.unreadable:
        doubts.append(f"{count(population.unreadable, 'row')} could not be read in full")
    doubts += population.notes
    if population.sql is SqlText.FULL:
        doubts.append("SQL is shown in full.")
    if population.period.until > population.now:
        doubts.append(f"The window is still open: evidence ends at {population.cut_off:%Y-%m-%d %H:%M} UTC.")
    return doubts


def _exit_code(outcome: Outcome, evidence: Evidence, population: Population) -> ExitCode:
    codes = [ExitCode.COMPLETE]
    if evidence.flagged:
        codes.append(ExitCode.FLAGGED)
    if (
        outcome.word is Word.NOT_EVIDENCED
        or _missed(outcome, evidence)
        or population.mismatches
        or population.unreadable
    ):
        codes.append(ExitCode.NOT_EVIDENCED)
    return worst(codes)
