"""The report of the demo's Q3: every planted fact in the right test, by name, and what the quarter does not hold."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .command import Demo, Pack

GAP = "2026-07-01 00:00 to 2026-08-12 09:00"
FAMILIES = ("Failed sign-ins", "Successful sign-ins", "Changes of accounts, roles and groups")


def refs(rows: list[dict[str, str]]) -> list[str]:
    return [row["source_ref"] for row in rows]


def log_refs(marked: list[dict[str, Any]]) -> list[str]:
    """Return the references of rows of the truth that are acts of their own."""
    return [f"logs:{row['id']}" for row in marked]


def ends(rows: list[dict[str, str]]) -> list[int]:
    """Return the last row of each act."""
    return [int(ref.partition(":")[2].rpartition("-")[2]) for ref in refs(rows)]


def test_the_run_says_which_quarter_it_took_and_where_the_pack_is(pack: Pack) -> None:
    made = pack.made
    assert made.code == 0
    assert made.complaints == [
        "auditctl: Q3 is 2026-Q3: 2026-07-01 00:00 to 2026-10-01 00:00 Europe/Berlin",
    ]
    assert pack.folder.name == "soc2-2026-Q3"
    assert made.out.startswith("FINAL: SOC 2, Trust Services Criteria, 2026-07-01 00:00 to 2026-10-01 00:00")
    assert "out/soc2-2026-Q3/report.pdf" in made.out
    assert max(map(len, made.out.splitlines()[:-1])) <= 80
    for control in pack.report["controls"]:
        assert control["id"] in made.out
        assert control["headline"] in made.out


def test_the_leaver_is_still_active_and_was_here(pack: Pack, demo: Demo) -> None:
    fact = demo.fact("leaver")
    (row,) = pack.exceptions("leavers_active")
    assert (row["username"], row["left_on"], row["active"]) == (fact["username"], fact["left_on"], "true")
    assert row["flag_reason"] == "still active, and used after the last day"
    others = {row["username"] for row in pack.rows("leavers_active")} - {fact["username"]}
    assert others == {closed["username"] for closed in fact["deactivated"]} | set(fact["unknown"])
    assert pack.tests["leavers_active"]["outcome"] == "Exceptions noted"


def test_nobody_approved_one_administrator(pack: Pack, demo: Demo) -> None:
    (row,) = pack.exceptions("admins_not_approved")
    assert row["username"] == demo.fact("unapproved_admin")["username"]
    approved = {row["username"]: row["via"] for row in pack.rows("admins_not_approved") if not row["flag_reason"]}
    assert approved == {admin["username"]: admin["through"] for admin in demo.fact("approved_admins")}
    granted = log_refs(demo.fact("unapproved_admin")["grant_rows"])
    assert set(granted) <= set(refs(pack.rows("access_changes")))


def test_a_burst_of_failures_ends_in_a_success(pack: Pack, demo: Demo) -> None:
    fact = demo.fact("burst_then_success")
    (row,) = pack.rows("success_after_failures")
    assert (row["username"], row["failures"]) == (fact["username"], str(fact["failures"]))
    assert [row["source_ref"]] == log_refs(fact["success_rows"])
    assert row["first_failure_at"] == fact["failure_rows"][0]["at"]
    flagged = {row["source_ref"] for row in pack.exceptions("failed_logins")}
    assert set(log_refs(fact["failure_rows"])) <= flagged


def test_patient_data_left_by_one_person_outside_the_list(pack: Pack, demo: Demo) -> None:
    fact, permitted = demo.fact("phi_export_outside_list"), demo.fact("phi_exports_permitted")
    flagged = pack.exceptions("exports_outside_list")
    assert [row["username"] for row in flagged] == [fact["username"], fact["username"]]
    assert ends(flagged) == [fact[way]["log_rows"][0]["id"] for way in ("sql_lab", "chart")]
    allowed = [row for row in pack.rows("exports_outside_list") if not row["flag_reason"]]
    # A form names no chart: what is known of that one is what the browser reported right after it.
    known = [row["id"] for way in ("sql_lab", "json", "zip", "pdf") for row in permitted[way]]
    assert sorted(ends(allowed)) == sorted(known + [row["id"] + 1 for row in permitted["form"]])
    assert all(row["permitted_as"] for row in allowed)


def test_a_dashboard_was_deleted_at_night(pack: Pack, demo: Demo) -> None:
    fact = demo.fact("night_deletion")
    (row,) = pack.exceptions("deletions")
    assert (row["username"], row["object_type"], row["object_id"]) == (
        fact["username"], "dashboard", str(fact["dashboard_id"]))  # fmt: skip
    assert (row["local_date"], row["local_hour"], row["flag_reason"]) == ("2026-09-10", "2", "outside business hours")
    assert [row["source_ref"]] == log_refs(fact["log_rows"])


def test_refused_edits_changed_nothing(pack: Pack, demo: Demo) -> None:
    facts = demo.fact("refused_edits")
    rows = pack.rows("edits_without_effect")
    assert refs(rows) == [ref for fact in facts for ref in log_refs(fact["log_rows"])]
    assert [(row["username"], row["object_name"]) for row in rows] == [
        (fact["username"], fact["dashboard_title"]) for fact in facts
    ]
    # Before the recorder came nobody saw the refusal: that nothing changed is all that is known.
    assert [row["event_outcome"] for row in rows] == ["failed", "refused", "refused"]


def test_statements_that_did_not_end_well(pack: Pack, demo: Demo) -> None:
    names = ("failed_statements", "aborted_statements", "pending_statements")
    planted = [f"query:{row['id']}" for name in names for row in demo.fact(name)["query_rows"]]
    rows = pack.rows("failed_statements")
    assert sorted(refs(rows)) == sorted(planted)
    status = {row["source_ref"]: row["status"] for row in rows}
    assert {status[f"query:{row['id']}"] for row in demo.fact("pending_statements")["query_rows"]} == {"pending"}
    assert {status[f"query:{row['id']}"] for row in demo.fact("aborted_statements")["query_rows"]} <= {
        "stopped", "timed_out"}  # fmt: skip


def test_a_business_day_without_a_single_row(pack: Pack, demo: Demo) -> None:
    (row,) = pack.exceptions("log_coverage")
    assert (row["day"], row["log_rows"]) == (demo.fact("silent_day")["date"], "0")
    assert len(pack.rows("log_coverage")) == 92


def test_the_rows_of_a_deleted_user_belong_to_nobody(pack: Pack, demo: Demo) -> None:
    fact = demo.fact("deleted_user")
    assert set(log_refs(fact["log_rows"])) <= set(refs(pack.rows("unattributed_activity")))
    deleted = {row["source_ref"]: row["object_name"] for row in pack.rows("access_changes")}
    assert [deleted[ref] for ref in log_refs(fact["deletion_rows"])] == [fact["username"]]


def test_a_chart_request_is_one_act_of_six_rows(pack: Pack, demo: Demo) -> None:
    fact = demo.fact("chart_requests")
    rows = pack.rows("data_requests")
    folded = {row["source_ref"]: row["rows_folded"] for row in rows}
    for example in fact["examples"]:
        first, last = example[0]["id"], example[-1]["id"]
        assert folded[f"logs:{first}-{last}"] == "6"
    # As CSV or XLSX, and to or from a declared dataset, a request is an export; here three of them.
    exported = [demo.fact("phi_export_outside_list")["chart"]["log_rows"]]
    exported += [demo.fact("phi_exports_permitted")[way] for way in ("json", "form")]
    assert len(rows) + sum(map(len, exported)) == fact["count"]
    assert Counter(row["rows_folded"] for row in rows).most_common(1)[0][0] == "6"


def test_browsers_reported_what_the_server_never_delivered(pack: Pack, demo: Demo) -> None:
    facts = demo.fact("unconfirmed_browser_reports")
    rows = pack.rows("unconfirmed_browser_reports")
    assert refs(rows) == [ref for fact in facts for ref in log_refs(fact["log_rows"])]
    assert {row["username"] for row in rows} == {fact["username"] for fact in facts}


def test_the_half_held_quarter_is_said_with_its_dates(pack: Pack) -> None:
    for name in ("failed_logins", "success_after_failures", "access_changes"):
        test = pack.tests[name]
        assert test["covered"] == "partial"
        assert test["gaps"][0] == {"since": "2026-06-30T22:00:00.000000Z", "until": "2026-08-12T07:00:00.000000Z"}
        assert f"not held for {GAP} (Europe/Berlin)" in test["sentence"]
    assert pack.tests["access_changes"]["outcome"] == "Not evidenced"


def test_every_line_shows_its_headline_and_all_counts(pack: Pack) -> None:
    order = ["Error", "Exceptions noted", "Not evidenced", "Items for review", "No exceptions noted"]
    order += ["No items for review", "Listed"]
    controls = pack.report["controls"]
    assert [control["id"] for control in controls] == [
        f"SOC2:{name}" for name in ("CC6.1", "CC6.2", "CC6.3", "CC6.6", "CC6.7", "CC7.1", "CC7.2", "CC8.1", "C1.1")
    ]
    for control in controls:
        outcomes = Counter(test["outcome"] for test in control["tests"])
        assert control["counts"] == dict(outcomes)
        worst = min(outcomes, key=order.index)
        assert control["headline"] == worst
        assert control["sentence"].startswith(f"{worst}: {outcomes[worst]} of {len(control['tests'])} test")
        assert all(f"{number} {word}" in control["sentence"] for word, number in outcomes.items() if word != worst)


def test_counts_of_evidence_are_those_of_its_files(pack: Pack) -> None:
    for test in pack.tests.values():
        evidence = test["evidence"]
        name = evidence["folder"].removeprefix("evidence/")
        assert len(pack.rows(name)) == evidence["rows"]
        assert len(pack.exceptions(name)) == evidence["flagged"]
