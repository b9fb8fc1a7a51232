"""Two reports of one framework, compared: only what was looked for again, by the same rules, can be cleared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from auditctl.assess.changes import Changes, Difference, ExceptionChange, Fate, Found, OutcomeChange, ReportFacts, Rule
from auditctl.assess.inputs import rests_on
from auditctl.assess.model import Word
from auditctl.catalogue.model import Query
from auditctl.period import Period
from auditctl.population.recount import Recount
from auditctl.zones import in_zone

# What happened does not stop having happened: rows were added, changed or removed after the previous pack.
_REREAD = "the same period was read again, and its rows no longer show it"
# Settings that relations are made with: any row may rest on them.
_OF_RESULTS = (
    "business_hours.",
    "inputs.sign_in_log_covers",
    "report.domains",
    "report.freezes",
    "report.longest_silence",
    "report.zone",
    "scope.",
    "source.in_service_since",
    "source.server_zone",
)


def compare(
    before: ReportFacts, after: ReportFacts, queries: Mapping[str, Query], recounts: Iterable[Recount] = ()
) -> Changes:
    """Return what changed from one report to the next.

    `queries` are those of the later report, by name of their evidence; `recounts` of the earlier one's rows, now.
    """
    files = _differences(before.files, after.files)
    matched = before.source_ids == after.source_ids
    settings = _differences(before.settings, after.settings)
    fates = _Fates(
        before, after, queries, _names(files), [name for name in _names(settings) if name.startswith(_OF_RESULTS)]
    )
    keys = dict.fromkeys((*after.tests, *before.tests))
    return Changes(
        previous=before,
        notes=tuple(_notes(before, after)),
        tests=tuple(OutcomeChange(before.tests.get(key), after.tests.get(key)) for key in keys),
        exceptions=tuple(fates.all()) if matched else (),
        matched=matched,
        rules=(
            *_differences(before.catalogue, after.catalogue),
            *_differences(_texts(before.rules), _texts(after.rules)),
        ),
        settings=settings,
        files=files,
        source=_differences(before.source, after.source),
        recounts=tuple(recounts),
    )


class _Fates:
    """What became of the exceptions of two reports of the same sources."""

    def __init__(
        self,
        before: ReportFacts,
        after: ReportFacts,
        queries: Mapping[str, Query],
        files: Iterable[str],
        settings: Iterable[str],
    ) -> None:
        self._before = before
        self._after = after
        self._queries = queries
        self._changed_files = tuple(files)
        self._changed_settings = tuple(settings)

    def all(self) -> list[ExceptionChange]:
        """Return every exception of either report, by fate."""
        then = {(found.evidence, found.key): found for found in self._before.exceptions}
        now = {(found.evidence, found.key): found for found in self._after.exceptions}
        changes = [
            ExceptionChange(Fate.AGAIN, found)
            if key in then
            else ExceptionChange(Fate.NEW, found, self._new(found.evidence))
            for key, found in now.items()
        ]
        changes += [self._gone(found) for key, found in then.items() if key not in now]
        order = list(Fate)
        return sorted(changes, key=lambda change: order.index(change.fate))

    def _new(self, name: str) -> str:
        """Say why one that is new may be no news."""
        if name not in self._before.rules:
            return "not tested then"
        if not _seen(self._before, name):
            return "could not have been seen then"
        return self._other_rules(name)

    def _gone(self, found: Found) -> ExceptionChange:
        name = found.evidence
        rule = self._after.rules.get(name)
        if rule is None:
            same = [key for key, tested in self._before.tests.items() if tested.evidence == name]
            words = {self._after.tests[key].outcome for key in same if key in self._after.tests}
            if Word.ERROR in words:
                return ExceptionChange(Fate.UNSEEN, found, "its query failed")
            return ExceptionChange(Fate.UNTESTED, found, ", ".join(sorted(words)))
        if rule.of_period and not _contains(self._after.period, self._before.period):
            return ExceptionChange(Fate.EARLIER, found, "not looked for again")
        if not _seen(self._after, name):
            return ExceptionChange(Fate.UNSEEN, found, "could not have been seen now")
        if others := self._other_rules(name):
            return ExceptionChange(Fate.RULES, found, others)
        return ExceptionChange(Fate.CLEARED, found, _REREAD if rule.of_period else "")

    def _other_rules(self, name: str) -> str:
        before, after = self._before.rules[name], self._after.rules[name]
        changed = ["query"] if before.sha256 != after.sha256 else []
        changed += [name for name, value in after.parameters.items() if before.parameters.get(name) != value]
        changed += [f"{file} file" for file in self._changed_files if rests_on(self._queries[name], file)]
        changed += self._changed_settings
        return f"changed: {', '.join(changed)}" if changed else ""


def _seen(facts: ReportFacts, name: str) -> bool:
    return all(tested.seen for tested in facts.tests.values() if tested.evidence == name)


def _contains(later: Period, earlier: Period) -> bool:
    return later.since == earlier.since and later.until >= earlier.until


def _notes(before: ReportFacts, after: ReportFacts) -> Iterator[str]:
    then, now = before.period, after.period
    if before.source_ids != after.source_ids:
        yield (
            "The packs are of different databases: the number of a row means nothing in the other one, so that"
            " exceptions are counted and not matched."
        )
    if before.status != "FINAL":
        yield f"The previous pack is {before.status}: it was not the last word on its period."
    if not _contains(now, then):
        yield (
            "The packs are of different periods. What was noted in the rows of the earlier one is not looked for in"
            " those of this one: it is not called cleared."
        )
    if then.until < now.since:
        yield f"No pack of these two covers {_span(then.until, now.since, now.zone)}."
    elif then.since < now.since < then.until:
        yield f"The periods overlap: {_span(now.since, then.until, now.zone)} is in both."


def _span(since: datetime, until: datetime, zone: str) -> str:
    return f"{in_zone(since, zone)} to {in_zone(until, zone)} ({zone})"


def _texts(rules: Mapping[str, Rule]) -> dict[str, str]:
    return {name: str(rule) for name, rule in rules.items()}


def _names(differences: Iterable[Difference]) -> list[str]:
    return [difference.what for difference in differences]


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    names = sorted(before.keys() | after.keys())
    return tuple(
        Difference(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )
