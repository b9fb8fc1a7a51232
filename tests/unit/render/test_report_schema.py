"""The schema of report.json: it describes every name, allows no other, and a report is what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from auditctl.assess.changes import Fate
from auditctl.assess.model import Word
from auditctl.render.report_json import SCHEMA, report_dict
from tests.golden.hard import hard_contents
from tests.report_schema import schema, violations


def parts(part: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within a schema."""
    if not isinstance(part, dict):
        return
    yield path, part
    for group in ("properties", "$defs"):
        for name, below in part.get(group, {}).items():
            yield from parts(below, f"{path}.{name}")
    for name in ("items", "additionalProperties"):
        yield from parts(part.get(name), f"{path}.{name}")


def test_it_is_a_schema_of_the_version_that_reports_name() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["properties"]["schema"]["const"] == SCHEMA
    assert SCHEMA.rpartition("/")[2] == schema()["$id"].rpartition(":")[2] == "1"


def test_every_name_is_described() -> None:
    silent = [
        path
        for path, part in parts(schema())
        if not part.get("description") and not path.endswith(("items", "additionalProperties"))
    ]
    assert silent == []


def test_every_object_with_names_is_closed_and_needs_all_of_them() -> None:
    objects = [(path, part) for path, part in parts(schema()) if "properties" in part]
    assert len(objects) > 20
    for path, part in objects:
        assert part["additionalProperties"] is False, path
        assert part["required"] == list(part["properties"]), path


def test_its_words_are_those_of_outcomes_and_fates() -> None:
    definitions = schema()["$defs"]
    assert definitions["outcome"]["enum"] == [str(word) for word in Word]
    assert definitions["fate"]["enum"] == [str(fate) for fate in Fate]


def test_a_report_with_everything_in_it_is_valid_and_another_name_is_not(tmp_path: Path) -> None:
    report = json.loads(json.dumps(report_dict(hard_contents(tmp_path))))
    assert violations(report) == []
    more = deepcopy(report)
    more["controls"][0]["tests"][0]["score"] = 97
    assert violations(more) == [
        "$.controls[0].tests[0]: Additional properties are not allowed ('score' was unexpected)"
    ]


def test_a_word_that_is_no_outcome_is_not_valid(tmp_path: Path) -> None:
    contents = hard_contents(tmp_path)
    passed = replace(contents.results[0], headline="Passed")  # type: ignore[arg-type]
    found = violations(json.loads(json.dumps(report_dict(replace(contents, results=(passed,))))))
    assert [line.partition(" is not one of")[0] for line in found] == ["$.controls[0].headline: 'Passed'"]
