"""Every planted fact is found again in the database, by plain SQL and without looking at the row ids of the truth."""

from __future__ import annotations

from .made import Demo, ids

SINCE, UNTIL = "2026-06-30 22:00:00", "2026-09-30 22:00:00"
QUARTER = f"dttm >= '{SINCE}' AND dttm < '{UNTIL}'"
PERMITTED = (
    "SELECT u.id FROM ab_user u WHERE u.username = 'lhoffmann' OR u.id IN (SELECT ur.user_id FROM ab_user_role ur"
    " JOIN ab_role r ON r.id = ur.role_id WHERE r.name = 'Clinician')"
)
SQL_EXPORTS = (
    "SELECT l.id FROM logs l JOIN query q ON q.client_id = json_extract(l.json, '$.client_id')"
    f" WHERE l.action LIKE 'SqlLabRestApi.export%' AND q.database_id = 1 AND l.{QUARTER.replace('AND d', 'AND l.d')}"
)
CHART_EXPORTS = (
    "SELECT id FROM logs WHERE action = 'ChartDataRestApi.data' AND json_extract(json, '$.result_format') = 'csv'"
    f" AND json_extract(json, '$.datasource.id') IN (1, 2) AND {QUARTER}"
)


def test_the_quarter_is_the_last_third_one_in_berlin(demo: Demo) -> None:
    assert demo.truth["quarter"] == {
        "label": "2026-Q3",
        "since": "2026-06-30T22:00:00.000000Z",
        "until": "2026-09-30T22:00:00.000000Z",
    }


def test_the_leaver_is_active_and_came_back(demo: Demo) -> None:
    fact = demo.fact("leaver")
    assert (fact["username"], fact["left_on"]) == ("kneumann", "2026-07-31")
    assert demo.rows("SELECT id, active FROM ab_user WHERE username = 'kneumann'") == [(fact["user_id"], 1)]
    after = "SELECT id FROM logs WHERE user_id = ? AND dttm >= '2026-08-01' AND action = ? ORDER BY id"
    assert demo.column(after, fact["user_id"], "UserLoggedIn") == ids(fact["sign_in_rows"])
    opened = demo.column(after, fact["user_id"], "DashboardRestApi.get")
    ran = demo.column(after, fact["user_id"], "SqlLabRestApi.get_results")
    assert (len(opened), len(ran)) == (2, 2)
    assert sorted(opened + ran) == ids(fact["log_rows"])
    for closed in fact["deactivated"]:
        assert demo.column("SELECT active FROM ab_user WHERE id = ?", closed["user_id"]) == [0]
        later = "SELECT id FROM logs WHERE user_id = ? AND date(dttm) > ?"
        assert demo.rows(later, closed["user_id"], closed["left_on"]) == []


def test_one_administrator_is_on_no_list(demo: Demo) -> None:
    admins = set(
        demo.column(
            "SELECT u.username FROM ab_user u JOIN ab_user_role ur ON ur.user_id = u.id WHERE ur.role_id = 1"
            " UNION SELECT u.username FROM ab_user u JOIN ab_user_group ug ON ug.user_id = u.id"
            " JOIN ab_group_role gr ON gr.group_id = ug.group_id WHERE gr.role_id = 1"
        )
    )
    approved = {admin["username"] for admin in demo.fact("approved_admins")}
    assert admins - approved == {"tvogel"}
    assert approved - admins == set()
    assert demo.fact("unapproved_admin")["username"] == "tvogel"
    listed = demo.files.approved_admins.read_text(encoding="utf-8").lower()
    assert "maja.lind,mlind@example.com," in listed
    granted = demo.column(
        "SELECT id FROM logs WHERE action = 'UserUpdated'"
        " AND json_extract(json, '$.changes.roles.after') LIKE '%Admin%'"
    )
    assert granted == ids(demo.fact("unapproved_admin")["grant_rows"])


def test_somebody_put_himself_into_a_group_and_left_it_the_next_day(demo: Demo) -> None:
    fact = demo.fact("self_granted")
    before, after = (f"json_extract(json, '$.changes.users.{when}')" for when in ("before", "after"))
    members = demo.rows(
        f"SELECT id, date(dttm), {before}, {after} FROM logs WHERE action = 'GroupUpdated' AND user_id = ? ORDER BY id",
        fact["user_id"],
    )
    assert [row[1:] for row in members] == [
        ("2026-09-14", '["cokafor"]', '["cokafor","tvogel"]'),
        ("2026-09-15", '["cokafor","tvogel"]', '["cokafor"]'),
    ]
    assert [members[0][0]] == ids(fact["log_rows"])
    assert demo.rows("SELECT id FROM ab_user_group WHERE user_id = ?", fact["user_id"]) == []


def test_eight_failures_within_six_minutes_end_in_a_success(demo: Demo) -> None:
    fact = demo.fact("burst_then_success")
    rows = demo.rows(
        "SELECT id, action, (julianday(dttm) - julianday('2026-09-02 04:12:00')) * 1440 FROM logs"
        " WHERE user_id = ? AND action LIKE 'UserLog%' AND dttm < '2026-09-02 04:20:00' ORDER BY id DESC LIMIT 9",
        fact["user_id"],
    )
    assert [action for _, action, _ in rows] == ["UserLoggedIn", *["UserLoginFailed"] * 8]
    assert all(-0.01 < minutes < 6 for _, _, minutes in rows)
    assert sorted(number for number, _, _ in rows) == ids(fact["failure_rows"]) + ids(fact["success_rows"])
    assert demo.column("SELECT fail_login_count FROM ab_user WHERE id = ?", fact["user_id"]) == [0]


def test_the_last_day_holds_nine_failures_and_no_success_after_them(demo: Demo) -> None:
    fact = demo.fact("recent_burst")
    failures = demo.rows(
        "SELECT id, user_id, json_extract(json, '$.username') FROM logs"
        " WHERE action = 'UserLoginFailed' AND dttm >= '2026-11-23 12:00:00' ORDER BY id"
    )
    assert [number for number, _, _ in failures] == ids(fact["failure_rows"])
    assert [name for _, _, name in failures].count("ekrueger") == fact["failures"] == 6
    assert [(user, name) for _, user, name in failures if name != "ekrueger"] == [(None, "administrator")] * 3
    assert demo.rows("SELECT username, fail_login_count FROM ab_user WHERE fail_login_count > 0") == [("ekrueger", 6)]
    later = "SELECT id FROM logs WHERE user_id = ? AND action = 'UserLoggedIn' AND dttm >= '2026-11-23 12:00:00'"
    assert demo.rows(later, fact["user_id"]) == []


def test_patient_data_left_through_one_person_outside_the_list(demo: Demo) -> None:
    fact, permitted = demo.fact("phi_export_outside_list"), demo.fact("phi_exports_permitted")
    outside = f" AND user_id NOT IN ({PERMITTED})"
    assert demo.column(SQL_EXPORTS + outside.replace("user_id", "l.user_id", 1)) == ids(fact["sql_lab"]["log_rows"])
    assert demo.column(CHART_EXPORTS + outside) == ids(fact["chart"]["log_rows"])
    assert len(fact["sql_lab"]["log_rows"]) == len(fact["chart"]["log_rows"]) == 1
    assert len(demo.column(SQL_EXPORTS)) == 1 + len(permitted["sql_lab"]) >= 2
    assert len(demo.column(CHART_EXPORTS)) == 1 + len(permitted["json"]) >= 2
    assert len(permitted["form"]) >= 1
    zips = (
        "SELECT id FROM logs WHERE action = 'DashboardRestApi.export'"
        f" AND json_extract(json, '$.rison[0]') IN (1, 5) AND {QUARTER}"
    )
    assert demo.column(zips + outside) == []
    assert demo.column(zips) == ids(permitted["zip"])


def test_a_dashboard_was_deleted_at_twenty_to_three(demo: Demo) -> None:
    fact = demo.fact("night_deletion")
    night = "SELECT id, user_id, dttm FROM logs WHERE action = 'DashboardRestApi.delete'"
    assert demo.rows(night) == [(*ids(fact["log_rows"]), fact["user_id"], "2026-09-10 00:40:00.000000")]
    assert demo.rows("SELECT id FROM dashboards WHERE id = ?", fact["dashboard_id"]) == []
    title = (
        "SELECT json_extract(json, '$.dashboard_title') FROM logs WHERE action = 'DashboardRestApi.post' ORDER BY id"
    )
    assert demo.column(title)[0] == fact["dashboard_title"] == "Ward Staffing Draft"


def test_refused_edits_changed_nothing(demo: Demo) -> None:
    facts = demo.fact("refused_edits")
    refused = demo.column(
        "SELECT l.id FROM logs l JOIN dashboards d ON d.id = CAST(json_extract(l.json, '$.pk') AS INTEGER)"
        " WHERE l.action = 'DashboardRestApi.put' AND d.changed_on < '2025-01-01' AND d.changed_by_fk <> l.user_id"
        " ORDER BY l.id"
    )
    assert refused == [number for fact in facts for number in ids(fact["log_rows"])]
    seen = "SELECT id FROM logs WHERE action = 'AccessRefused' AND json_extract(json, '$.reason') = 'not_owner'"
    assert demo.column(seen + " ORDER BY id") == [number for fact in facts for number in ids(fact["refusal_rows"])]
    assert [len(fact["refusal_rows"]) for fact in facts] == [0, 1, 1]
    assert all(
        refusal == attempt + 1
        for fact in facts
        for attempt, refusal in zip(ids(fact["log_rows"]), ids(fact["refusal_rows"]), strict=False)
    )


def test_statements_that_did_not_end_well(demo: Demo) -> None:
    within = "start_time >= 1782856800000 AND start_time < 1790805600000"
    for name, statuses in (
        ("failed_statements", "('failed')"),
        ("aborted_statements", "('stopped', 'timed_out')"),
        ("pending_statements", "('pending')"),
    ):
        found = demo.column(f"SELECT id FROM query WHERE status IN {statuses} AND {within} ORDER BY id")
        assert found == ids(demo.fact(name)["query_rows"])
        assert found
    assert demo.column("SELECT count(*) FROM query WHERE status = 'failed' AND error_message IS NULL") == [0]
    pending = "SELECT DISTINCT error_message, end_time, executed_sql FROM query WHERE status = 'pending'"
    assert demo.rows(pending) == [(None, None, None)]


def test_a_deleted_user_left_rows_without_a_user(demo: Demo) -> None:
    fact = demo.fact("deleted_user")
    assert demo.rows("SELECT id FROM ab_user WHERE username = 'gruiz' OR id = ?", fact["user_id"]) == []
    assert demo.rows("SELECT id FROM logs WHERE user_id = ?", fact["user_id"]) == []
    (visit,) = ids(fact["log_rows"])
    assert demo.rows("SELECT action, user_id FROM logs WHERE id = ?", visit) == [("DashboardRestApi.get", None)]
    gone = "SELECT id FROM logs WHERE action = 'UserDeleted' AND json_extract(json, '$.target_name') = 'gruiz'"
    assert demo.column(gone) == ids(fact["deletion_rows"])


def test_a_chart_that_is_looked_at_is_six_rows(demo: Demo) -> None:
    fact = demo.fact("chart_requests")
    counted = f"SELECT count(*) FROM logs WHERE action = 'ChartDataRestApi.data' AND {QUARTER}"
    assert demo.column(counted) == [fact["count"]]
    for example in fact["examples"]:
        first, last = min(ids(example)), max(ids(example))
        same = "SELECT action FROM logs WHERE id IN (?, ?, ?, ?, ?, ?) ORDER BY id"
        assert demo.column(same, *ids(example)) == [
            "execute_sql",
            "load_into_dataframe",
            "QueryObject.post_processing",
            "ChartDataRestApi.json_dumps",
            "_get_data_response",
            "ChartDataRestApi.data",
        ]
        assert last - first >= 5


def test_requests_of_two_people_interleave(demo: Demo) -> None:
    broken = demo.column(
        "SELECT count(*) FROM (SELECT action, lag(action, 5) OVER (ORDER BY id) AS first FROM logs)"
        " WHERE action = 'ChartDataRestApi.data' AND first <> 'execute_sql'"
    )
    assert broken[0] > 5


def test_a_browser_reports_what_the_server_never_delivered(demo: Demo) -> None:
    unconfirmed = demo.column(
        "SELECT l.id FROM logs l WHERE l.action = 'log' AND json_extract(l.json, '$.event_name') = 'mount_dashboard'"
        " AND NOT EXISTS (SELECT 1 FROM logs g WHERE g.action = 'DashboardRestApi.get' AND g.user_id IS l.user_id"
        " AND g.dashboard_id = l.dashboard_id AND date(g.dttm) = date(l.dttm)) ORDER BY l.id"
    )
    assert unconfirmed == [
        number for fact in demo.fact("unconfirmed_browser_reports") for number in ids(fact["log_rows"])
    ]
    assert len(unconfirmed) == 2
