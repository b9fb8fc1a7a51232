"""What the global options say, and what every command needs because of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.catalogue.nearest import did_you_mean, unknown
from auditctl.errors import PolicyError, SettingsError
from auditctl.text import SqlText, show

if TYPE_CHECKING:  # a command starts without what it only needs when it runs
    from auditctl.catalogue.model import Catalogue, ParameterValue, Query
    from auditctl.period import Period
    from auditctl.population.build import Needs
    from auditctl.population.given import GivenFiles
    from auditctl.population.model import Population
    from auditctl.population.redaction import Redaction
    from auditctl.settings import Inputs, Settings
    from auditctl.source.database import DatabaseSource


@dataclass(frozen=True, eq=False, repr=False)  # each method that is made takes time at every start
class Context:
    """The global options of one call."""

    config: Path | None = None
    url: str | None = None
    url_file: Path | None = None
    audit_url: str | None = None
    copy: bool = False
    require_read_only: bool = False
    now: str | None = None
    catalogue_folder: Path | None = None
    color: bool = True
    sql: SqlText | None = None
    """How SQL is shown, whatever the settings say."""
    inputs: Inputs | None = None
    """The files that this call names; None where it can name none."""

    @cached_property
    def settings(self) -> Settings:
        """The settings in force: auditctl.toml, then the environment, then the command line."""
        from auditctl.settings import load_settings

        config = self.config
        if config is None and os.environ.get("AUDITCTL_CONFIG"):
            config = Path(os.environ["AUDITCTL_CONFIG"])
        settings = load_settings(config, os.environ)
        if self.now is not None:
            from auditctl.period import parse_clock

            settings = replace(settings, now=parse_clock(self.now))
        if self.catalogue_folder is not None:
            settings = replace(settings, catalogue=self.catalogue_folder)
        if self.sql is not None:
            settings = replace(settings, report=replace(settings.report, sql=self.sql))
        if self.copy:
            settings = replace(settings, source=replace(settings.source, copy=True))
        if self.require_read_only:
            settings = replace(settings, source=replace(settings.source, require_read_only=True))
        return settings if self.inputs is None else replace(settings, inputs=self.inputs.over(settings.inputs))

    @cached_property
    def catalogue(self) -> Catalogue:
        """The shipped catalogue, and the user's; what the settings say of queries, tests and controls must fit it."""
        from auditctl.catalogue.load import load_catalogue

        catalogue = load_catalogue(extra=self.settings.catalogue)
        _check_thresholds(self.settings, catalogue)
        _check_accepted_gaps(self.settings, catalogue)
        _check_control_map(self.settings, catalogue)
        return catalogue.with_own_ids(self.settings.control_map)

    @cached_property
    def redaction(self) -> Redaction:
        """How SQL and payloads are shown; the key is read or made when the first is."""
        from auditctl.population.redaction import Redaction
        from auditctl.population.redaction_key import redaction_key_file

        return Redaction(self.settings.report.sql, redaction_key_file(self.settings.path, os.environ))

    def redaction_key_for(self, needs: Needs) -> str:
        """Return the id of the key that a run redacts SQL with; empty where it shows none, or in full."""
        from auditctl.population.build import shows_sql

        redacts = self.redaction.policy is not SqlText.FULL and shows_sql(self.catalogue, needs)
        return self.redaction.key.id if redacts else ""

    @property
    def present(self) -> datetime:
        """The pretended present, else the host's clock, aware UTC: what is known before a source is open."""
        return self.settings.now or datetime.now(UTC)

    def thresholds(self, query: Query) -> Mapping[str, ParameterValue]:
        """Return the values that the settings give to a query's parameters."""
        return self.settings.thresholds.get(query.id, {})

    @contextmanager
    def opened(self, url: str | None = None, *, enforce: bool = True, attempt: int = 1) -> Iterator[Opened]:
        """Open the source read-only, with a private folder beside it that is removed at the end.

        A `url` outranks those that were given. Without `enforce` the caller says itself what `Opened.refusal` holds.
        What reads more than a few rows does so by `reading`, which makes another `attempt` where one breaks off.

        Raises:
            PolicyError: the role may modify the log that it audits, which the settings forbid.
        """
        from auditctl.source.interface import Options
        from auditctl.source.open import open_source
        from auditctl.source.url import choose_url
        from auditctl.workspace import private_folder

        settings = self.settings
        argument, url_file = (self.url, self.url_file) if url is None else (None, None)
        chosen = choose_url(argument=argument, url_file=url_file, configured=url or settings.source.url)
        with private_folder() as folder, ExitStack() as closing:
            declared = settings.source
            options = Options(declared.alias, declared.server_zone, declared.copy, declared.statement_timeout)
            source = open_source(chosen, options, folder)
            closing.callback(source.close)
            opened = Opened(self, source, folder, closing, attempt)
            if enforce and opened.refusal is not None:
                raise opened.refusal
            yield opened


class Opened:
    """An open source, and where its rows of one run may lie."""

    def __init__(
        self, context: Context, source: DatabaseSource, folder: Path, closing: ExitStack, attempt: int
    ) -> None:
        self._context = context
        self._closing = closing
        self._attempt = attempt
        self.source = source
        self.folder = folder

    @cached_property
    def audit(self) -> DatabaseSource | None:
        """The recorder's own database, opened when it is first asked for; None where none was given.

        Raises:
            SourceError: it cannot be opened, or is none of the recorder's.
            PolicyError: the role may modify it, which the settings forbid.
        """
        from auditctl.population.places import require_audit
        from auditctl.source.interface import Options
        from auditctl.source.open import open_source
        from auditctl.source.url import choose_audit_url

        declared = self._context.settings.source
        url = choose_audit_url(argument=self._context.audit_url, configured=declared.audit.url)
        if url is None:
            return None
        folder = self.folder / "audit"
        folder.mkdir(mode=0o700)
        options = Options(declared.audit.alias, None, declared.copy, declared.statement_timeout)
        source = open_source(url, options, folder)
        self._closing.callback(source.close)
        require_audit(source.facts, source.where)
        refusal = self._refusal(source)
        if refusal is not None:
            raise refusal
        return source

    @property
    def sources(self) -> Sequence[DatabaseSource]:
        """Superset's database, and the recorder's own where one was given."""
        return (self.source,) if self.audit is None else (self.source, self.audit)

    @property
    def refusal(self) -> PolicyError | None:
        """Why the settings forbid to read as this role; None where they do not."""
        return self._refusal(self.source)

    def _refusal(self, source: DatabaseSource) -> PolicyError | None:
        role = source.facts.role
        if not (self._context.settings.source.require_read_only and role.may_modify):
            return None
        return PolicyError(role.sentence.rstrip("."), hint="Read as the role that auditctl grants prints")

    @property
    def present(self) -> datetime:
        """The pretended present, else the source's clock (on a standby, how far it has come), aware UTC."""
        return self._context.settings.now or self.source.facts.read_point.taken_at

    def population(
        self, needs: Needs, period: Period, given: GivenFiles, on_rows: Callable[[int], object] = lambda _: None
    ) -> Population:
        """Copy what a run needs and compute its relations; `on_rows` hears how many rows each batch had."""
        from auditctl.population.build import build_population

        context = self._context
        return build_population(
            self.source,
            context.catalogue,
            needs,
            period,
            context.settings,
            given,
            context.redaction,
            self.folder,
            on_rows,
            self.audit,
            self._attempt,
        )


def _check_thresholds(settings: Settings, catalogue: Catalogue) -> None:
    problems = []
    for name, values in settings.thresholds.items():
        query = catalogue.queries.get(name)
        if query is None:
            problems.append(f"{settings.where('thresholds', name)}: thresholds.{show(name)}: there is no such query")
            continue
        known = {parameter.name: parameter for parameter in query.parameters if not parameter.is_window}
        for parameter, value in values.items():
            where = f"{settings.where('thresholds', name, parameter)}: thresholds.{name}.{show(parameter)}"
            if parameter not in known:
                offered = ", ".join(known) or "none"
                problems.append(f"{where}: the query has no such parameter; it has {offered}")
            elif not known[parameter].accepts(value):
                problems.append(f"{where}: must be of type {known[parameter].type}")
    if problems:
        raise SettingsError(problems)


def _check_accepted_gaps(settings: Settings, catalogue: Catalogue) -> None:
    known = {test.id for test in catalogue.tests}
    problems = [
        f"{settings.where('accepted_gaps', name)}: accepted_gaps.{name}: {unknown('test', name, known)}"
        for name in settings.accepted_gaps
        if name not in known
    ]
    if problems:
        raise SettingsError(problems)


def _check_control_map(settings: Settings, catalogue: Catalogue) -> None:
    known = {control.id for framework in catalogue.frameworks.values() for control in framework.controls}
    problems = [
        f"{settings.where('control_map', name)}: control_map: unknown control '{show(name)}';"
        f" {did_you_mean(name, known) or 'see auditctl controls list'}"
        for name in settings.control_map
        if name not in known
    ]
    if problems:
        raise SettingsError(problems)
