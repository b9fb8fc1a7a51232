"""Frameworks with their controls and tests: `controls/*.toml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.model import Control, Framework, Parameter, ParameterValue, Query, Test
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems

ABSENCES = ("not_evidenced", "finding")

_ELSEWHERE = re.compile(r"[^:]+: \S.*")
_CONTROL_ID = re.compile(r"[A-Z][A-Z0-9_-]*:\S.*")


def read_framework(
    document: Document,
    problems: Problems,
    *,
    queries: Mapping[str, Query],
    known: Collection[str],
    capabilities: Collection[str],
    sha256: str,
    shipped: bool,
) -> Framework:
    """Return a framework.

    `known` are the ids of all queries, also of those that could not be read; `capabilities` the names of all.
    """
    root = Table(document, problems)
    top = root.table("framework")
    framework_id = top.text("id")
    if framework_id and document.path.stem != framework_id.replace("-", "_"):
        top.problem(f"'{framework_id}' does not fit the file; call it {framework_id.replace('-', '_')}.toml", "id")
    title, noun, edition = top.text("title"), top.text("noun"), top.text("edition")
    top.finish()
    controls: list[Control] = []
    reader = _TestReader(queries, known, capabilities)
    for _, table in root.tables():
        control = _control(table, reader)
        if control.id in {earlier.id for earlier in controls}:
            table.problem(f"'{control.id}' is there twice; keep one", "id")
        controls.append(control)
    if not controls:
        root.problem("no control; add a table for one")
    return Framework(framework_id, title, noun, edition, tuple(controls), document.path, sha256, shipped)


def _control(table: Table, reader: _TestReader) -> Control:
    control_id = table.text("id")
    if control_id and not _CONTROL_ID.fullmatch(control_id):
        table.problem(f"'{control_id}' needs its framework before it; write as in \"SOC2:CC6.2\"", "id")
    title = table.text("title")
    addressable = table.boolean("addressable")
    note = table.text("note", "")
    tests = [reader.read(entry) for entry in table.array("tests")]
    if "addressable" in table and addressable and not tests:
        table.problem("an addressable control needs a test; add [[...tests]] or set addressable = false", "addressable")
    if "addressable" in table and not addressable and tests:
        table.problem("a control that is not addressable has no tests; remove them or set it to true", "addressable")
    table.finish()
    return Control(control_id, title, addressable, tuple(tests), note)


class _TestReader:
    """Reads the tests of one framework."""

    def __init__(self, queries: Mapping[str, Query], known: Collection[str], capabilities: Collection[str]) -> None:
        self._queries = queries
        self._known = known
        self._capabilities = capabilities
        self._ids: set[str] = set()
        self._evidence: dict[str, Mapping[str, ParameterValue]] = {}

    def read(self, table: Table) -> Test:
        """Return a test; its id must be its own in the framework, and so must be the name of its evidence."""
        test = Test(
            id=table.text("id"),
            procedure=table.text("procedure"),
            query=table.text("query"),
            absence=table.choice("absence", ABSENCES, "not_evidenced"),
            cannot_prove=table.texts("cannot_prove"),
            elsewhere=table.texts("elsewhere"),
            parameters=self._parameters(table),
        )
        table.finish()
        for number, item in enumerate(test.elsewhere):
            if not _ELSEWHERE.fullmatch(item):
                table.problem(
                    f"'{item}' does not say where from; write as in \"HR: list of leavers\"", "elsewhere", number
                )
        if test.id in self._ids:
            table.problem(f"test '{test.id}' is there twice in this framework; name it anew", "id")
        self._ids.add(test.id)
        if self._evidence.setdefault(test.evidence, test.parameters) != test.parameters:
            table.problem(f"other parameters give the same name, '{test.evidence}'; choose others", "parameters")
        if test.query and test.query not in self._known:
            table.problem(unknown("query", test.query, self._known), "query")
        elif test.query in self._queries:
            self._check_needs(table, test, self._queries[test.query])
        return test

    def _parameters(self, table: Table) -> Mapping[str, ParameterValue]:
        """Return what the test sets, each fitting its declaration."""
        declared: Mapping[str, Parameter] = {}
        query = self._queries.get(table.text("query"))
        if query is not None:
            declared = {parameter.name: parameter for parameter in query.parameters if not parameter.is_window}
        given = table.table("parameters")
        values: dict[str, ParameterValue] = {}
        for name in given.names:
            value = given.value(name)
            parameter = declared.get(name)
            if query is None:
                continue
            if parameter is None:
                given.problem(unknown("parameter", name, declared), name)
            elif not isinstance(value, str | int | float | bool) or not parameter.accepts(value):
                given.problem(f"'{name}' must be {parameter.type}", name)
            elif parameter.maximum is not None and isinstance(value, int) and value > parameter.maximum:
                given.problem(f"'{name}' is {value}; at most {parameter.maximum}", name)
            else:
                values[name] = value
        return values

    def _check_needs(self, table: Table, test: Test, query: Query) -> None:
        values: dict[str, ParameterValue] = {}
        for parameter in query.parameters:
            if parameter.is_window:
                continue
            values[parameter.name] = test.parameters.get(parameter.name, parameter.default)
            if values[parameter.name] is None:
                message = f"'{test.query}' needs a value for '{parameter.name}'"
                table.problem(f"{message}; add parameters = {{ {parameter.name} = ... }}", "query")
                return
        try:
            needed = query.capabilities(values)
        except (KeyError, ValueError):  # its header says what it requires in a form that was reported there
            return
        for name in needed:
            if name not in self._capabilities:
                table.problem(unknown("capability", name, self._capabilities), "parameters")
