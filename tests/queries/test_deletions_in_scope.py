from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditctl.errors import UsageError

from .seed import EDGES, Row, at, cells, edges, missing, refs, rows_of, seed

UNTOLD = "cannot be told: nothing that was read says what it held"
DELETION: Row = {"kind": "content_change", "verb": "delete", "object_type": "chart", "object_id": "7"}
GONE: Row = {**DELETION, "source_ref": "gone"}
EARLIER: Row = {"kind": "data_request", "source_ref": "earlier", "occurred_at": at("08-12 08:00"), "chart_id": 7}

THERE: list[Row] = [{"object_type": "dataset", "object_id": "3"}]


def touch(*references: str, scope: str = "phi") -> list[Row]:
    return [{"source_ref": ref, "scope": scope, "via": "dataset visits"} for ref in references]


def told(folder: Path, *events: Row, **relations: Any) -> list[tuple[object, ...]]:
    rows = seed(folder, events=events, **relations).run("deletions_in_scope")
    return [(row["source_ref"], row["via"], row["flag_reason"]) for row in rows]


def test_what_was_in_the_scope_when_it_was_deleted_is_an_exception(tmp_path: Path) -> None:
    evidence = seed(tmp_path, events=[GONE], touches=touch("gone")).evidence("deletions_in_scope")
    assert rows_of(evidence) == [
        cells(
            occurred_at=at("08-12 09:00"),
            username="alice",
            object_type="chart",
            object_id="7",
            object_name=None,
            via="dataset visits",
            event_outcome="succeeded",
            outcome_basis=None,
            flag_reason="it was in the scope",
            source_ref="gone",
            flagged=True,
        )
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (1, 1, 1)


@pytest.mark.parametrize(
    ("deletion", "earlier"),
    [
        ({}, {}),
        ({"object_type": "dashboard"}, {"chart_id": 3, "dashboard_id": 7}),
        ({"object_type": "dataset"}, {"chart_id": None, "dataset_id": 7}),
        ({"object_type": "database"}, {"chart_id": None, "database_id": 7}),
        ({"object_id": "5,7"}, {}),
    ],
)
def test_what_is_gone_was_in_the_scope_if_an_earlier_act_on_it_reached_that(
    deletion: Row, earlier: Row, tmp_path: Path
) -> None:
    found = told(tmp_path, {**GONE, **deletion}, {**EARLIER, **earlier}, touches=touch("earlier"))
    assert found == [("gone", "an earlier act on it reached dataset visits", "it was in the scope")]


@pytest.mark.parametrize(
    "earlier", [{"occurred_at": at("08-12 10:00")}, {"chart_id": 77}, {"chart_id": None, "dashboard_id": 7}]
)
def test_a_later_act_and_one_on_something_else_tell_nothing_of_it(earlier: Row, tmp_path: Path) -> None:
    found = told(tmp_path, GONE, {**EARLIER, **earlier}, touches=touch("earlier"))
    assert found == [("gone", UNTOLD, None)]


def test_an_earlier_act_that_reached_other_data_shows_that_it_was_not_in_the_scope(tmp_path: Path) -> None:
    seen = {**EARLIER, "dataset_id": 3}
    assert told(tmp_path, GONE, seen, objects=THERE) == []
    assert told(tmp_path, GONE, seen, objects=THERE, touches=touch("earlier", scope="sensitive")) == []


def test_an_earlier_act_that_reached_a_dataset_which_is_gone_as_well_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, GONE, {**EARLIER, "dataset_id": 4}, objects=THERE) == [("gone", UNTOLD, None)]


def test_only_a_deletion_of_which_it_can_be_told_is_counted_as_judged(tmp_path: Path) -> None:
    def judged(*events: Row, **relations: Any) -> int | None:
        return seed(tmp_path, events=events, **relations).evidence("deletions_in_scope").population

    assert judged(GONE) == 0
    assert judged(GONE, {**EARLIER, "dataset_id": 3}, objects=THERE) == 1
    assert judged(GONE, {**DELETION, "object_type": "dataset", "object_name": "visits"}, touches=touch("gone")) == 1
    assert judged({**GONE, "verb": "update"}, {**EARLIER, "dataset_id": 3}, objects=THERE) == 0


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("patients", [("gone", "its name is that of table main.patients", "it was in the scope")]),
        ("main.Patients", [("gone", "its name is that of table main.patients", "it was in the scope")]),
        ("outpatients", [("gone", UNTOLD, None)]),
        ("%", [("gone", UNTOLD, None)]),
        (None, [("gone", UNTOLD, None)]),
    ],
)
def test_a_dataset_that_was_called_like_a_declared_table_was_in_the_scope(
    name: str | None, found: list[tuple[object, ...]], tmp_path: Path
) -> None:
    table = {"scope": "phi", "object_type": "table", "name": "main.patients"}
    assert told(tmp_path, {**GONE, "object_type": "dataset", "object_name": name}, scope_objects=[table]) == found


def test_other_changes_and_deletions_that_came_to_nothing_are_left_out(tmp_path: Path) -> None:
    events = [{**DELETION, "source_ref": outcome, "event_outcome": outcome} for outcome in ("failed", "refused")]
    events += [{**GONE, "verb": "update"}, {**GONE, "kind": "access_change"}, {**GONE, "object_type": "schedule"}]
    assert told(tmp_path, *events, touches=touch("gone", "failed", "refused")) == []


def test_the_window_is_half_open_and_another_scope_can_be_asked_for(tmp_path: Path) -> None:
    seeded = seed(tmp_path, events=edges(**DELETION), touches=touch(*EDGES, scope="sensitive"))
    assert refs(seeded.run("deletions_in_scope", scope="sensitive")) == EDGES
    with pytest.raises(UsageError, match="scope_none"):
        seeded.run("deletions_in_scope", scope="none")


def test_an_undeclared_scope_is_not_evidenced(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"scope_phi": []})
    assert missing(seeded.evidence("deletions_in_scope")) == {"scope_phi": [("07-01", "10-01")]}
