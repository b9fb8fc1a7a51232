from __future__ import annotations

from pathlib import Path

import pytest

from .seed import EDGES, Row, at, edges, missing, refs, rows_of, seed

OUTSIDE = "not on the permitted list of this scope"
UNTOLD = "not on the permitted list of this scope, and cannot be told whether it read its data"
UNREAD = {
    "sql_text": "not shown: not understood as postgres SQL <sql:0123456789>",
    "unread_reason": "not understood as postgres SQL",
}


def ran(ref: str, username: str = "bob", **columns: object) -> Row:
    return {"source_ref": ref, "username": username, "sql_text": "SELECT ...", **columns}


def touch(*references: object, scope: str = "phi") -> list[Row]:
    return [{"source_ref": ref, "scope": scope, "via": "table visits"} for ref in references]


def in_scope(object_type: str, object_id: str, entry: str, scope: str = "phi") -> Row:
    return {"scope": scope, "object_type": object_type, "object_id": object_id, "name": object_id, "entry": entry}


def dataset(object_id: str, database_id: int) -> Row:
    return {"object_type": "dataset", "object_id": object_id, "database_id": database_id}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    seeded = seed(tmp_path, statements=edges(), touches=touch("early", "first", "last", "late"))
    assert refs(seeded.run("statements_outside_list")) == EDGES


def test_who_is_on_the_list_in_any_letter_case_is_shown_and_who_is_not_is_an_exception(tmp_path: Path) -> None:
    permitted = [{"scope": "phi", "username": "ALICE", "via": via} for via in ("role Analyst", "named")]
    permitted += [{"scope": "sensitive", "username": "bob", "via": "named"}]
    statements = [ran("query:1", "Alice"), ran("query:2"), ran("query:3")]
    seeded = seed(
        tmp_path, statements=statements, touches=touch("query:1", "query:2"), scope_permitted=permitted
    ).evidence("statements_outside_list")
    assert [(row["source_ref"], row["via"], row["permitted_as"], row["flag_reason"]) for row in rows_of(seeded)] == [
        ("query:1", "table visits", "named", None),
        ("query:2", "table visits", None, OUTSIDE),
    ]
    assert (seeded.rows, seeded.flagged, seeded.population) == (2, 1, 2)


def test_only_what_reaches_into_the_scope_counts(tmp_path: Path) -> None:
    statements = [ran("query:1"), ran("query:2"), ran("query:3")]
    seeded = seed(tmp_path, statements=statements, touches=touch("query:1") + touch("query:2", scope="sensitive"))
    assert refs(seeded.run("statements_outside_list")) == ("query:1",)
    assert refs(seeded.run("statements_outside_list", scope="sensitive")) == ("query:2",)


def test_a_statement_without_an_account_is_an_exception_even_if_its_stand_in_name_is_listed(tmp_path: Path) -> None:
    permitted = [{"scope": "phi", "username": "unattributed", "via": "named"}]
    statements = [ran("query:1", "unattributed", user_id=None)]
    (row,) = seed(tmp_path, statements=statements, touches=touch("query:1"), scope_permitted=permitted).run(
        "statements_outside_list"
    )
    assert (row["permitted_as"], row["flag_reason"]) == (None, "nobody can be named: the row has no account")


def test_a_statement_that_is_known_to_have_failed_is_shown_and_not_flagged(tmp_path: Path) -> None:
    outcomes = ["attempted", "failed", "succeeded", "unknown"]
    statements = [ran(f"query:{number}", event_outcome=outcome) for number, outcome in enumerate(outcomes)]
    seeded = seed(tmp_path, statements=statements, touches=touch(*refs(statements)))
    evidence = seeded.evidence("statements_outside_list")
    assert refs(rows_of(evidence), "flagged") == (True, False, True, True)
    assert evidence.population == 3


def test_of_a_text_not_parsed_on_a_database_with_data_of_the_scope_it_cannot_be_told(tmp_path: Path) -> None:
    statements = [
        ran("query:1", database_id=1, **UNREAD),
        ran("query:2", database_id=1, sql_text=None),
        ran("query:3", "alice", database_id=1, **UNREAD),
        ran("query:4", database_id=1, **UNREAD, event_outcome="failed"),
        ran("query:5", database_id=1),
        ran("query:6", database_id=2, **UNREAD),
        ran("query:7", database_id=3, **UNREAD),
    ]
    scope_objects = [in_scope("dataset", "11", "visits"), in_scope("dataset", "13", "cards", scope="sensitive")]
    # A chart has ids of its own: 12 is a chart of the scope, and only by chance the number of a dataset as well.
    scope_objects += [in_scope("chart", "12", "visits")]
    rows = seed(
        tmp_path,
        statements=statements,
        scope_objects=scope_objects,
        state=[dataset("11", 1), dataset("12", 2), dataset("13", 3), {**dataset("11", 2), "object_type": "chart"}],
        scope_permitted=[{"scope": "phi", "username": "alice", "via": "named"}],
    ).run("statements_outside_list")
    assert [(row["source_ref"], row["via"], row["flag_reason"]) for row in rows] == [
        ("query:1", "cannot be told: not parsed", UNTOLD),
        ("query:2", "cannot be told: not parsed", UNTOLD),
        ("query:3", "cannot be told: not parsed", None),
        ("query:4", "cannot be told: not parsed", None),
    ]


@pytest.mark.parametrize(
    ("kind", "name", "doubtful"),
    [
        ("table", "visits", ("query:1", "query:2")),
        ("table", "main.visits", ("query:1", "query:2")),
        ("table", "CLINIC.main.visits", ("query:1",)),
        ("schema", "main", ("query:1", "query:2")),
        ("schema", "CLINIC.main", ("query:1",)),
    ],
)
def test_a_declared_table_or_schema_without_a_dataset_may_be_in_any_database_unless_it_names_one(
    kind: str, name: str, doubtful: tuple[str, ...], tmp_path: Path
) -> None:
    statements = [
        ran("query:1", database_name="Clinic", **UNREAD),
        ran("query:2", database_name="Sales", **UNREAD),
        ran("query:3", database_name="Clinic"),
    ]
    seeded = seed(tmp_path, statements=statements, scope_objects=[in_scope(kind, name, name)])
    assert refs(seeded.run("statements_outside_list")) == doubtful
    assert refs(seeded.run("statements_outside_list", scope="sensitive")) == ()


@pytest.mark.parametrize(
    ("placed", "doubtful"),
    [
        (in_scope("dataset", "11", "visits"), ("query:1",)),
        (in_scope("dataset", "11", "cards"), ("query:1", "query:2")),
        (in_scope("dataset", "11", "visits", scope="sensitive"), ("query:1", "query:2")),
    ],
)
def test_a_declared_table_is_placed_by_a_dataset_of_its_own_entry_and_scope_alone(
    placed: Row, doubtful: tuple[str, ...], tmp_path: Path
) -> None:
    statements = [ran(f"query:{number}", database_id=number, **UNREAD) for number in (1, 2)]
    scope_objects = [in_scope("table", "visits", "visits"), placed]
    seeded = seed(tmp_path, statements=statements, scope_objects=scope_objects, state=[dataset("11", 1)])
    assert refs(seeded.run("statements_outside_list")) == doubtful


def test_a_declared_dashboard_says_nothing_of_databases_that_hold_none_of_its_datasets(tmp_path: Path) -> None:
    statements = [ran("query:1", database_id=1, **UNREAD)]
    seeded = seed(tmp_path, statements=statements, scope_objects=[in_scope("dashboard", "3", "census")])
    assert seeded.run("statements_outside_list") == []


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {"query:3": "08-12 10:00", "query:2": "08-12 10:00", "query:9": "08-12 09:00"}
    statements = [ran(ref, occurred_at=at(time)) for ref, time in times.items()]
    rows = seed(tmp_path, statements=statements, touches=touch(*times)).run("statements_outside_list")
    assert refs(rows) == ("query:9", "query:2", "query:3")


def test_an_undeclared_scope_judges_nobody(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"scope_phi": []}, statements=[ran("query:1")], touches=touch("query:1"))
    evidence = seeded.evidence("statements_outside_list")
    assert missing(evidence) == {"scope_phi": [("07-01", "10-01")]}
    assert (evidence.rows, evidence.flagged) == (1, 0)


def test_a_text_that_was_not_parsed_may_have_read_it_by_any_connection_to_its_database(tmp_path: Path) -> None:
    statements = [
        ran("query:1", database_id=2, database_name="Research", **UNREAD),
        ran("query:2", database_id=3, database_name="other", **UNREAD),
    ]
    connections = [
        {"database_id": number, "database_name": name, "place_id": place}
        for number, name, place in ((1, "Clinic", 1), (2, "Research", 1), (3, "other", 3), (4, "lake", None))
    ]
    built, state = [in_scope("dataset", "7", "visits")], [dataset("7", 1)]
    named = [in_scope("table", "clinic.main.visits", "clinic.main.visits")]
    for scope_objects in (built, named):
        seeded = seed(
            tmp_path, statements=statements, connections=connections, scope_objects=scope_objects, state=state
        )
        assert refs(seeded.run("statements_outside_list")) == ("query:1",)
