"""Frameworks with their controls and tests: `controls/*.toml`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from auditctl.catalogue.document import Document, Table
from auditctl.catalogue.model import Control, Framework, Query, Test
from auditctl.catalogue.nearest import unknown
from auditctl.catalogue.problems import Problems

ABSENCES = ("not_evidenced", "finding")

_CONTROL_ID = re.compile(r"[A-Z][A-Z0-9_-]*:\S.*")


def read_framework(
    document: Document,
    problems: Problems,
    *,
    queries: Mapping[str, Query],
    known: Collection[str],
    sha256: str,
    shipped: bool,
) -> Framework:
    """Return a framework; `known` are the ids of all queries, also of those that could not be read."""
    root = Table(document, problems)
    top = root.table("framework")
    framework_id = top.text("id")
    if framework_id and document.path.stem != framework_id.replace("-", "_"):
        top.problem(f"'{framework_id}' does not fit the file; call it {framework_id.replace('-', '_')}.toml", "id")
    title, noun, edition = top.text("title"), top.text("noun"), top.text("edition")
    top.finish()
    controls: list[Control] = []
    tests: set[str] = set()
    for _, table in root.tables():
        control = _control(table, tests, queries, known)
        if control.id in {earlier.id for earlier in controls}:
            table.problem(f"'{control.id}' is there twice; keep one", "id")
        controls.append(control)
    if not controls:
        root.problem("no control; add a table for one")
    return Framework(framework_id, title, noun, edition, tuple(controls), document.path, sha256, shipped)


def _control(table: Table, seen: set[str], queries: Mapping[str, Query], known: Collection[str]) -> Control:
    control_id = table.text("id")
    if control_id and not _CONTROL_ID.fullmatch(control_id):
        table.problem(f"'{control_id}' needs its framework before it; write as in \"SOC2:CC6.2\"", "id")
    title = table.text("title")
    addressable = table.boolean("addressable")
    note = table.text("note", "")
    tests = []
    for entry in table.array("tests"):
        test = _test(entry, queries, known)
        if test.id in seen:
            entry.problem(f"test '{test.id}' is there twice in this framework; name it anew", "id")
        seen.add(test.id)
        tests.append(test)
    if "addressable" in table and addressable and not tests:
        table.problem("an addressable control needs a test; add [[...tests]] or set addressable = false", "addressable")
    if "addressable" in table and not addressable and tests:
        table.problem("a control that is not addressable has no tests; remove them or set it to true", "addressable")
    table.finish()
    return Control(control_id, title, addressable, tuple(tests), note)


def _test(table: Table, queries: Mapping[str, Query], known: Collection[str]) -> Test:
    test = Test(
        id=table.text("id"),
        procedure=table.text("procedure"),
        query=table.text("query"),
        absence=table.choice("absence", ABSENCES, "not_evidenced"),
        cannot_prove=table.texts("cannot_prove"),
        elsewhere=table.texts("elsewhere"),
    )
    table.finish()
    if test.query and test.query not in known:
        table.problem(unknown("query", test.query, known), "query")
    elif test.query in queries:
        for parameter in queries[test.query].parameters:
            if parameter.default is None and not parameter.is_window:
                message = f"'{test.query}' needs a value for '{parameter.name}', which a test cannot give"
                table.problem(f"{message}; give it a default", "query")
    return test
