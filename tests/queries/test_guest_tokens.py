from __future__ import annotations

from pathlib import Path

from .seed import EDGES, Row, at, cells, edges, missing, refs, seed


def made(number: int, **columns: object) -> Row:
    return {"source_ref": f"logs:{number}", "kind": "sharing", "verb": "guest_token", **columns}


def test_the_window_is_half_open(tmp_path: Path) -> None:
    numbers = {"early": 1, "first": 2, "last": 3, "late": 4}
    events = [{**row, **made(numbers[str(row["source_ref"])])} for row in edges()]
    rows = seed(tmp_path, events=events, log_rows=[{"id": number} for number in numbers.values()]).run("guest_tokens")
    assert refs(rows) == tuple(f"logs:{numbers[edge]}" for edge in EDGES)


def test_only_tokens_are_listed_each_with_what_its_own_row_of_the_log_says(tmp_path: Path) -> None:
    event = cells(occurred_at=at("08-12 09:30"), username="svc_portal", event_outcome="succeeded", doubt=None)
    other = cells(occurred_at=at("08-12 09:31"), username="svc_other", event_outcome="unknown", doubt="stripped")
    says = cells(guest="Ann", guest_resources="841f4537", guest_rules=2)
    rows = seed(
        tmp_path,
        events=[made(7, **event), made(8, **other), made(9, verb="embed")],
        log_rows=[{"id": 8}, {"id": 7, **says}, {"id": 9, "guest": "Bea"}],
    ).run("guest_tokens")
    nothing = cells(guest=None, guest_resources=None, guest_rules=None)
    assert rows == [
        {**event, **says, "source_ref": "logs:7", "flagged": False},
        {**other, **nothing, "source_ref": "logs:8", "flagged": False},
    ]


def test_rows_come_in_order_of_time_then_of_their_reference(tmp_path: Path) -> None:
    times = {3: "08-12 10:00", 2: "08-12 10:00", 9: "08-12 09:00"}
    events = [made(number, occurred_at=at(time)) for number, time in times.items()]
    rows = seed(tmp_path, events=events, log_rows=[{"id": number} for number in times]).run("guest_tokens")
    assert refs(rows) == ("logs:9", "logs:2", "logs:3")


def test_a_log_that_begins_late_leaves_the_time_before_unproved(tmp_path: Path) -> None:
    seeded = seed(tmp_path, held={"log_rows": [("08-01", "10-02")]})
    assert missing(seeded.evidence("guest_tokens")) == {"log_rows": [("07-01", "08-01")]}
