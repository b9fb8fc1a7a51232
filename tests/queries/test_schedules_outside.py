from __future__ import annotations

from pathlib import Path

from .seed import Row, at, cells, missing, refs, rows_of, seed

OUTSIDE = "outside the declared domains"
SCHEDULES = [{"source_ref": "report_schedule:1", "name": "Weekly orders"}]


def recipient(number: int, address: str | None, **columns: object) -> Row:
    domain = address.partition("@")[2] or None if address else None
    return {
        "source_ref": f"report_recipient:{number}",
        "schedule_ref": "report_schedule:1",
        "type": "Email",
        "field": "to",
        "address": address,
        "domain": domain,
        "inside": None if domain is None else domain == "example.com",
        **columns,
    }


def test_an_address_outside_the_domains_is_an_exception_and_one_inside_is_not(tmp_path: Path) -> None:
    recipients = [recipient(1, "erin@example.com"), recipient(2, "erin@example.net", field="bcc")]
    evidence = seed(tmp_path, schedules=SCHEDULES, recipients=recipients).evidence("schedules_outside")
    assert [(row["address"], row["field"], row["flag_reason"], row["not_judged"]) for row in rows_of(evidence)] == [
        ("erin@example.com", "to", None, None),
        ("erin@example.net", "bcc", OUTSIDE, None),
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_what_has_no_domain_is_shown_as_not_judged(tmp_path: Path) -> None:
    recipients = [recipient(1, "#orders", type="Slack"), recipient(2, "postmaster"), recipient(3, None)]
    evidence = seed(tmp_path, schedules=SCHEDULES, recipients=recipients).evidence("schedules_outside")
    assert evidence.population == 0
    assert [(row["not_judged"], row["flagged"]) for row in rows_of(evidence)] == [
        ("only e-mail addresses have a domain", False),
        ("the address has no domain", False),
        ("no address can be read", False),
    ]


def test_a_row_says_what_is_sent_to_whom_and_who_changed_it_last(tmp_path: Path) -> None:
    about = cells(name="Board", active=False, target="dashboard:2", changed_by="wlang", last_run_at=at("09-01 06:00"))
    schedules: list[Row] = [
        {"source_ref": "report_schedule:1", **about},
        {"source_ref": "report_schedule:2", "name": "Other"},
    ]
    assert seed(tmp_path, schedules=schedules, recipients=[recipient(4, "a@example.net", field="cc")]).run(
        "schedules_outside"
    ) == [
        {
            **about,
            "type": "Email",
            "field": "cc",
            "address": "a@example.net",
            "not_judged": None,
            "flag_reason": OUTSIDE,
            "source_ref": "report_recipient:4",
            "flagged": True,
        }
    ]


def test_rows_come_by_name_then_recipient_then_field_and_address(tmp_path: Path) -> None:
    schedules: list[Row] = [
        {"source_ref": "report_schedule:1", "name": "B"},
        {"source_ref": "report_schedule:2", "name": "A"},
    ]
    recipients = [
        recipient(2, "a@example.com"),
        recipient(1, "z@example.com"),
        recipient(1, "b@example.com"),
        recipient(1, "c@example.com", field="cc"),
        recipient(3, "d@example.com", schedule_ref="report_schedule:2"),
    ]
    rows = seed(tmp_path, schedules=schedules, recipients=recipients).run("schedules_outside")
    assert refs(rows, "address") == (
        "d@example.com",
        "c@example.com",
        "b@example.com",
        "z@example.com",
        "a@example.com",
    )


def test_without_declared_domains_nobody_is_judged(tmp_path: Path) -> None:
    recipients = [recipient(1, "erin@example.net")]
    evidence = seed(tmp_path, held={"domains": []}, schedules=SCHEDULES, recipients=recipients).evidence(
        "schedules_outside"
    )
    assert missing(evidence) == {"domains": [("07-01", "10-01")]}
    assert (evidence.rows, evidence.flagged) == (1, 0)
