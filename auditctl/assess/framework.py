"""All tests of a framework over a population: their queries run once each, and every outcome judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace

from auditctl.apart import Tell, run_maybe_apart
from auditctl.assess.acceptance import accept
from auditctl.assess.inputs import rests_on
from auditctl.assess.model import ControlResult, Outcome
from auditctl.assess.outcomes import changed_thresholds, judge, summarise
from auditctl.catalogue.model import Catalogue, Framework, ParameterValue, Query, Test, Time
from auditctl.population.model import InputFile, Population
from auditctl.population.waivers import waivers_of
from auditctl.run.evidence import Evidence
from auditctl.run.execute import RunError, Runner, parameter_values, runner
from auditctl.settings import Settings
from auditctl.zones import load_zone


def assess_framework(
    framework: Framework,
    catalogue: Catalogue,
    settings: Settings,
    population: Population,
    state: Population | None,
    on_test: Tell = lambda: None,
) -> tuple[list[ControlResult], dict[str, Evidence]]:
    """Return the line of each addressed control with its outcomes, and the evidence that they rest on by name.

    Args:
        framework: Its controls and tests.
        catalogue: Their queries.
        settings: Thresholds, tolerance and what management accepts.
        population: What the queries run over.
        state: Where queries of current state run instead, as far as it can answer them: a population from near the
            period's end; None where there is none.
        on_test: Hears that the query of one more test has run.
    """
    large = population.large or (state is not None and state.large)
    return run_maybe_apart(large, _assess, on_test, framework, catalogue, settings, population, state)


def _assess(
    on_test: Tell,
    framework: Framework,
    catalogue: Catalogue,
    settings: Settings,
    population: Population,
    state: Population | None,
) -> tuple[list[ControlResult], dict[str, Evidence]]:
    results = _Results(catalogue, settings, population, state)
    with ExitStack() as cleanup:
        runners = {
            id(source): cleanup.enter_context(runner(source, catalogue, settings.limits))
            for source in (population, state)
            if source is not None
        }
        for control in framework.controls:
            for test in control.tests:
                results.run(test, runners)
                on_test()
    addressed = [control for control in framework.controls if control.addressable]
    lines = [summarise(control, map(results.outcome, control.tests)) for control in addressed]
    # A test that is not applicable rests on an assertion: rows that were not judged are evidence of nothing.
    rested = {outcome.evidence.name for line in lines for outcome in line.outcomes if outcome.evidence is not None}
    return lines, {name: found for name, found in results.evidence.items() if name in rested}


class _Results:
    """What came of the queries so far."""

    def __init__(
        self, catalogue: Catalogue, settings: Settings, population: Population, state: Population | None
    ) -> None:
        self.evidence: dict[str, Evidence] = {}
        self._catalogue = catalogue
        self._settings = settings
        self._population = population
        self._state = state
        self._failed: dict[str, str] = {}
        self._read_from: dict[str, Population] = {}
        self._waivers = waivers_of(population)
        # A present that was set by hand revives nothing that has ended.
        self._on = max(population.now, population.read_at).astimezone(load_zone(population.period.zone)).date()

    def run(self, test: Test, runners: Mapping[int, Runner]) -> None:
        """Run a test's query with its parameters, unless another test with the same has run it."""
        name = test.evidence
        if name in self._read_from:
            return
        query = self._catalogue.queries[test.query]
        values = parameter_values(query, self._settings.thresholds.get(query.id, {}), test.parameters)
        population = self._population
        if self._state is not None and _answers(self._state, query, values, population.inputs):
            population = self._state
        self._read_from[name] = population
        try:
            run = runners[id(population)]
            evidence = run.run(query, values, name)
            self.evidence[name] = replace(evidence, totals=run.totals(evidence))
        except RunError as error:
            self._failed[name] = str(error)

    def outcome(self, test: Test) -> Outcome:
        """Return what a test came to, with what management accepts of it."""
        found = self.evidence.get(test.evidence)
        if found is None:
            judged = judge(test, self._failed[test.evidence], self._population)
        else:
            tolerance = self._settings.report.as_of_tolerance
            population = self._read_from[test.evidence]
            judged = judge(test, found, population, changed_thresholds(found, test), tolerance)
        return accept(judged, self._settings.accepted_gaps, self._waivers, self._on)


def _answers(
    state: Population, query: Query, values: Mapping[str, ParameterValue], inputs: Iterable[InputFile]
) -> bool:
    """Whether a query of current state can be asked of an earlier population.

    Not where that one holds less of the source, or was made with another file that the query reads.
    """
    files = {(file.name, file.sha256) for file in inputs if rests_on(query, file.name)}
    stored = {(file.name, file.sha256) for file in state.inputs if rests_on(query, file.name)}
    return (
        query.time is Time.AS_OF
        and set(query.reads) <= state.relations.keys()
        and set(query.capabilities(values)) <= state.capabilities.keys()
        and files == stored
    )
