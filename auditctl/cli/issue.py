"""A report while it is made: read or loaded, run, assessed, rendered, published, and told."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from auditctl import __version__
from auditctl.assess.acceptance import unmatched
from auditctl.assess.framework import assess_framework
from auditctl.assess.model import Word
from auditctl.catalogue.model import Catalogue, Framework
from auditctl.cli.context import Context, Opened
from auditctl.cli.formats import FailOn
from auditctl.cli.issued import Issued, IssuedPacks, check_relations, copy_population, read_issued
from auditctl.cli.progress import ReportProgress
from auditctl.cli.reading import reading
from auditctl.cli.summary import ReportSummary, write_summary
from auditctl.cli.talk import say
from auditctl.commit import sweep_folder
from auditctl.errors import ExitCode, OutputError, UsageError, worst
from auditctl.pack.build import BuiltPack, build_pack, next_issue
from auditctl.pack.existing import ExistingPack, find_existing
from auditctl.pack.identity import FINAL, INCOMPLETE, find_status, pack_identity, pack_name, report_key
from auditctl.pack.keys import load_signing_key
from auditctl.pack.previous import changes_since
from auditctl.pack.zipped import refuse_other_zip, zip_pack
from auditctl.period import Period, parse_period
from auditctl.population.build import Needs
from auditctl.population.given import GivenFiles, read_given
from auditctl.population.model import InputFile, Population
from auditctl.population.waivers import check_waivers, waivers_of
from auditctl.render.contents import PackContents
from auditctl.render.variant import PdfVariant
from auditctl.render.wording import titled
from auditctl.run.dictionary import redacted_texts, seen_actions
from auditctl.settings import effective
from auditctl.text import SqlText, show
from auditctl.workspace import account, private_folder
from auditctl.zones import load_zone


@dataclass(frozen=True, slots=True)
class Form:
    """What is written of a pack."""

    with_population: bool
    pdf_variant: PdfVariant | None
    """None: no PDF."""
    zipped: bool


@dataclass(frozen=True, slots=True)
class _Read:
    period: Period
    issued: Issued
    key: str
    found: ExistingPack | Population


class ReportCall:
    """One call of the command."""

    _told: Period | None = None
    """The period that was said to be the one that is meant."""

    def __init__(
        self,
        context: Context,
        framework: Framework,
        out: Path,
        reissue: str | None,
        form: Form,
        packs: IssuedPacks,
        progress: ReportProgress,
    ) -> None:
        self._context = context
        self._framework = framework
        self._out = out
        self._reissue = reissue
        self._form = form
        self._packs = packs
        self._progress = progress
        signing = context.settings.signing.key
        self._signing_key = load_signing_key(signing) if signing else None  # a bad key is said before anything is read
        tests = [test for control in framework.controls for test in control.tests]
        self._queries = {test.query: context.catalogue.queries[test.query] for test in tests}

    def from_source(self, period_text: str, made_at: datetime | None, fail_on: FailOn) -> ExitCode:
        """Extract, run, assess, render and publish; an issued pack of the same report is left as it is."""
        if self._out.exists() and not self._out.is_dir():
            raise OutputError(f"--out {show(self._out)} is not a folder", hint="Choose a folder")
        sweep_folder(self._out)
        self._period(period_text, self._context.present)  # what cannot be meant is said before anything is opened
        given = read_given(self._context.settings)
        if "waivers" in given.paths:
            check_waivers(given.tables["waivers"], given.paths["waivers"], _evidence_names(self._context.catalogue))
        with reading(self._context, partial(self._read, period_text, given), self._progress.begin) as read:
            if isinstance(read.found, ExistingPack):
                return self._keep(read.found, read.period, fail_on)
            return self._publish(read.found, read.issued, made_at, read.key, fail_on)

    def _read(self, period_text: str, given: GivenFiles, opened: Opened) -> _Read:
        """Find the pack of the same report, or read what one is made from."""
        period = self._period(period_text, opened.present)
        if period.label.casefold() != period_text.casefold() and period != self._told:
            say(f"auditctl: {period_text} is {period.label}: {period.span}")
            self._told = period
        source_ids = [source.facts.source_id for source in opened.sources]
        issued = self._read_issued(period, source_ids, opened.source.facts.read_point.taken_at)
        earlier = issued.previous.reads if issued.previous else {}
        needs = replace(Needs.of(self._queries.values()).of_every_row(), earlier=earlier)
        redaction_key = self._context.redaction_key_for(needs)
        key = self._key(period, source_ids, (*given.files, *issued.files), redaction_key)
        existing = self._find_existing(period, key, _day(opened.present, period))
        found = existing or opened.population(needs, period, given, self._progress.rows)
        return _Read(period, issued, key, found)

    def from_population(self, folder: Path, made_at: datetime | None, fail_on: FailOn) -> ExitCode:
        """Run, assess, render and publish from a population that was saved; no source is opened."""
        sweep_folder(self._out)
        stored = Population.load(folder)
        check_relations(stored, self._context.catalogue)
        if self._context.sql is SqlText.FULL is not stored.sql:
            raise UsageError(f"{show(folder)} does not hold SQL in full", hint="Leave --full-sql out")
        self._context = replace(self._context, sql=stored.sql)
        source_ids = [source.source_id for source in stored.sources]
        issued = self._read_issued(stored.period, source_ids, stored.read_at)
        key = self._key(stored.period, source_ids, (*stored.inputs, *issued.files), stored.redaction_key)
        with private_folder() as workspace:
            return self._publish(copy_population(stored, workspace), issued, made_at, key, fail_on)

    def _read_issued(self, period: Period, source_ids: Iterable[str], read_at: datetime) -> Issued:
        context = self._context
        return read_issued(
            self._packs, self._framework, period, source_ids, read_at, context.catalogue, context.settings
        )

    def _period(self, text: str, now: datetime) -> Period:
        report = self._context.settings.report
        return parse_period(text, now=now, zone=report.zone, fiscal_year_start=report.fiscal_year_start)

    def _key(
        self,
        period: Period,
        source_ids: Iterable[str],
        files: Iterable[InputFile],
        redaction_key: str,
    ) -> str:
        settings = effective(self._context.settings)
        return report_key(self._framework, period, source_ids, self._context.catalogue, settings, files, redaction_key)

    def _find_existing(self, period: Period, key: str, on: date) -> ExistingPack | None:
        if self._reissue is not None:
            return None
        return find_existing(self._out / pack_name(self._framework, period, FINAL, period.until), key, on)

    def _keep(self, existing: ExistingPack, period: Period, fail_on: FailOn) -> ExitCode:
        left = "its folder was left as it is" if self._form.zipped else "nothing was written"
        say(f"auditctl: {show(existing.folder)} is this report already, and verifies: {left}")
        summary = ReportSummary(
            headline=f"{FINAL}: {self._framework.title}, {period.span}",
            reasons=(),
            lines=existing.lines,
            changes=existing.changes,
            folder=existing.folder,
            zipped=zip_pack(existing.folder) if self._form.zipped else None,
            root_hash=existing.root_hash,
        )
        write_summary(summary, color=self._context.color)
        return _exit_code(FINAL, existing.words, fail_on)

    def _publish(
        self, population: Population, issued: Issued, made_at: datetime | None, key: str, fail_on: FailOn
    ) -> ExitCode:
        with ExitStack() as cleanup:
            if issued.snapshot is not None:  # evidence is written beside the relations, and a pack is left as it is
                copy = copy_population(issued.snapshot.population, cleanup.enter_context(private_folder()))
                issued = replace(issued, snapshot=replace(issued.snapshot, population=copy))
            return self._publish_from(population, issued, made_at, key, fail_on)

    def _publish_from(
        self, population: Population, issued: Issued, made_at: datetime | None, key: str, fail_on: FailOn
    ) -> ExitCode:
        contents = self._contents(population, issued, made_at)
        if self._form.zipped:
            refuse_other_zip(self._out / contents.name)
        self._progress.writing()
        pack = build_pack(
            contents,
            self._context.catalogue,
            self._out,
            key,
            self._signing_key,
            issued.previous,
            with_population=self._form.with_population,
            pdf_variant=self._form.pdf_variant,
        )
        self._progress.end()
        self._print(contents, pack)
        for note in contents.input_notes:
            say(f"auditctl: {show(note)}")
        outcomes = [outcome for result in contents.results for outcome in result.outcomes]
        words = {outcome.word for outcome in outcomes if outcome.accepted_until is None}
        return _exit_code(contents.status, words, fail_on)

    def _contents(self, population: Population, issued: Issued, made_at: datetime | None) -> PackContents:
        context = self._context
        state = issued.snapshot.population if issued.snapshot else None
        results, evidence = assess_framework(
            self._framework, context.catalogue, context.settings, population, state, self._progress.tested
        )
        population = replace(population, inputs=(*population.inputs, *issued.files))
        status, reasons = find_status(population, results, context.settings.report.settle, datetime.now(UTC))
        settings = effective(context.settings)
        framework = self._framework
        outcomes = [outcome for result in results for outcome in result.outcomes]
        contents = PackContents(
            name=pack_name(framework, population.period, status, population.cut_off),
            pack_id=pack_identity(
                population,
                {name: found.sha256 for name, found in evidence.items()},
                context.catalogue.sha256,
                settings,
            ),
            status=status,
            status_reasons=reasons,
            framework=framework,
            period=population.period,
            cut_off=population.cut_off,
            generated_at=(made_at or datetime.now(UTC)).replace(microsecond=0),
            population=population,
            results=tuple(results),
            not_addressed=tuple(control for control in framework.controls if not control.addressable),
            evidence=evidence,
            actions=seen_actions(population, context.catalogue.actions),
            redacted_texts=redacted_texts(population),
            relations={
                name: spec for name, spec in context.catalogue.relations.items() if name in population.relations
            },
            input_notes=(
                *dict.fromkeys(note for outcome in outcomes for note in outcome.input_notes),
                *unmatched(waivers_of(population), outcomes),
            ),
            settings=settings,
            catalogue_sha256=context.catalogue.sha256,
            tool=f"auditctl {__version__}",
            generated_by=f"{account()}@{socket.gethostname()}",
        )
        if issued.previous is not None:
            contents = replace(contents, changes=changes_since(issued.previous, contents))
        if self._reissue is None:
            return contents
        name, previous = next_issue(self._out, contents)
        return replace(contents, name=name, supersedes=f"{previous}: {self._reissue.strip()}")

    def _print(self, contents: PackContents, pack: BuiltPack) -> None:
        lines = [
            (result.control.id, titled(result.control.title, result.control.own_ids), result.sentence)
            for result in contents.results
        ]
        summary = ReportSummary(
            headline=f"{contents.status}: {contents.framework.title}, {contents.period.span}",
            reasons=contents.status_reasons,
            lines=tuple(lines),
            changes=contents.changes.sentence if contents.changes else "",
            folder=pack.folder,
            zipped=zip_pack(pack.folder) if self._form.zipped else None,
            root_hash=pack.root_hash,
        )
        write_summary(summary, color=self._context.color)


def _evidence_names(catalogue: Catalogue) -> set[str]:
    """Return what waivers can speak of: queries, and queries with the parameters of a test."""
    return {*catalogue.queries, *(test.evidence for test in catalogue.tests)}


def _day(moment: datetime, period: Period) -> date:
    """Return the day of a moment in the report's zone."""
    return moment.astimezone(load_zone(period.zone)).date()


def _exit_code(status: str, words: Iterable[Word], fail_on: FailOn) -> ExitCode:
    found = set(words)
    codes = [ExitCode.COMPLETE]
    if status == INCOMPLETE or Word.ERROR in found:
        codes.append(ExitCode.NOT_EVIDENCED)
    if fail_on is FailOn.EXCEPTIONS and Word.EXCEPTIONS in found:
        codes.append(ExitCode.FLAGGED)
    if fail_on is FailOn.NOT_EVIDENCED and Word.NOT_EVIDENCED in found:
        codes.append(ExitCode.NOT_EVIDENCED)
    return worst(codes)
