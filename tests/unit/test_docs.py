"""The pages of README.md and docs/ against the tool: what exists is described, and what is linked is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from auditctl.catalogue.load import load_catalogue
from auditctl.catalogue.model import Query
from auditctl.cli.lazy import FIXED
from auditctl.errors import ExitCode
from auditctl.settings.keys import ENVIRONMENT
from auditctl.source.tables import table_specs

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted([README, ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
QUERIES = load_catalogue().queries
NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def without_code(text: str) -> str:
    return re.sub(r"(?ms)^```.*?^```|^    .*?$|`[^`\n]*`", "", text)


def headings(text: str) -> list[str]:
    """Return the anchors of a page, as GitHub makes them."""
    fenced = re.sub(r"(?ms)^```.*?^```", "", text)
    titles = re.findall(r"(?m)^#{1,6} (.+)$", fenced)
    return [NOT_IN_ANCHORS.sub("", title.lower()).replace(" ", "-") for title in titles]


@cache
def query_sections() -> dict[str, str]:
    page = (DOCS / "queries.md").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^### (\w+)$", page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_query_has_its_section_and_every_section_its_query() -> None:
    assert list(query_sections()) == sorted(QUERIES)


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.id)
def test_a_section_names_the_kind_the_parameters_and_the_fallback_of_its_query(query: Query) -> None:
    section = query_sections()[query.id]
    assert section.lstrip().startswith(query.kind.capitalize())
    options = [f"`--{parameter.name.replace('_', '-')}`" for parameter in query.parameters if not parameter.is_window]
    assert re.findall(r"`--[\w-]+`", section.partition("- Parameters:")[2]) == options
    assert ("allback" in section) >= (query.fallback is not None)


def test_the_header_that_is_explained_is_a_real_file() -> None:
    sql = (ROOT / "queries/data/dashboard_views.sql").read_text(encoding="utf-8")
    assert f"```sql\n{sql}```" in (DOCS / "queries.md").read_text(encoding="utf-8")


def test_every_fixed_command_has_a_page() -> None:
    for command in FIXED:
        assert (DOCS / f"{command}.md").read_text(encoding="utf-8").startswith("# "), command


def test_every_framework_has_a_page_that_names_its_criteria_and_tests() -> None:
    for framework in load_catalogue().frameworks.values():
        page = (DOCS / "frameworks" / f"{framework.id}.md").read_text(encoding="utf-8")
        for control in framework.controls:
            assert control.id.partition(":")[2] in page
            for test in control.tests:
                assert test.id in page
                assert f"queries.md#{test.query}" in page


def test_the_dba_is_told_of_every_table_and_column_that_is_read() -> None:
    page = " ".join((DOCS / "for-the-dba.md").read_text(encoding="utf-8").split())
    for name, spec in table_specs().items():
        superset = [column for column in spec.columns if column not in spec.extended]
        assert f"{name}: {', '.join(superset)} " in page
        if spec.extended:
            assert f"{name}, beside them: {', '.join(spec.extended)} " in page


def test_every_exit_code_is_in_the_table_of_the_readme() -> None:
    table = re.findall(r"(?m)^\| (\d+) \| ([A-Z_]+) \|", README.read_text(encoding="utf-8"))
    assert [(int(code), name) for code, name in table] == [(code.value, code.name) for code in sorted(ExitCode)]


def test_every_environment_variable_is_in_the_table_of_the_readme() -> None:
    read = {"AUDITCTL_CONFIG", "AUDITCTL_TRACEBACK", "NO_COLOR", "TMPDIR", *ENVIRONMENT}
    table = re.findall(r"(?m)^\| `([A-Z_]+)` \|", README.read_text(encoding="utf-8"))
    assert set(table) == read


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert ROOT in [there, *there.parents], target
        if anchor:
            assert anchor in headings(there.read_text(encoding="utf-8")), target
