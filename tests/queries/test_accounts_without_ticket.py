from __future__ import annotations

from pathlib import Path

from .seed import at, edges, refs, rows_of, seed

NEW = {
    "user_id": 7,
    "username": "new",
    "created_by": "admin",
    "created_at": at("08-12 08:00"),
    "source_ref": "ab_user:7",
}
CHANGE = {"kind": "access_change", "verb": "update", "object_type": "role", "object_id": "3", "object_name": "Finance"}


def test_a_new_account_and_a_change_of_access_need_a_ticket(tmp_path: Path) -> None:
    approvals = [
        {"source_ref": "ab_user:7", "ticket": "ACC-7", "names": "object", "approved_by": "ute"},
        {"source_ref": "logs:2", "ticket": "ACC-9", "problem": "approved by the one who made the change"},
    ]
    events = [CHANGE | {"source_ref": "logs:1"}, CHANGE | {"source_ref": "logs:2"}]
    evidence = seed(tmp_path, accounts=[NEW], events=events, approvals=approvals).evidence("accounts_without_ticket")
    columns = (
        "source_ref",
        "username",
        "verb",
        "object_type",
        "object_id",
        "object_name",
        "ticket",
        "ticket_names",
        "flag_reason",
    )
    assert [tuple(row[name] for name in columns) for row in rows_of(evidence)] == [
        ("ab_user:7", "admin", "create", "account", "7", "new", "ACC-7", "object", None),
        ("logs:1", "alice", "update", "role", "3", "Finance", None, None, "no ticket is for it"),
        ("logs:2", "alice", "update", "role", "3", "Finance", "ACC-9", None, "approved by the one who made the change"),
    ]
    assert (evidence.flagged, evidence.population) == (2, 3)


def test_an_account_whose_creation_is_in_the_log_as_well_counts_once(tmp_path: Path) -> None:
    def created(number: str) -> dict[str, str]:
        return CHANGE | {
            "verb": "create",
            "object_type": "account",
            "object_id": number,
            "source_ref": f"logs:{number}",
        }

    # Account 8 is gone: only the log still knows of it.
    rows = seed(tmp_path, accounts=[NEW], events=[created("7"), created("8")]).run("accounts_without_ticket")
    assert refs(rows) == ("ab_user:7", "logs:8")


def test_an_account_and_a_change_count_in_the_window_alone(tmp_path: Path) -> None:
    times = {"before": "06-30 23:59:59", "at the start": "07-01", "at the end": "10-01"}
    accounts = [NEW | {"source_ref": ref, "created_at": at(time)} for ref, time in times.items()]
    rows = seed(tmp_path, accounts=accounts, events=edges(**CHANGE)).run("accounts_without_ticket")
    assert set(refs(rows)) == {"at the start", "first", "last"}


def test_what_failed_and_the_own_profile_need_no_ticket(tmp_path: Path) -> None:
    own = CHANGE | {"object_type": "account", "object_id": "1", "action": "CurrentUserRestApi.put"}
    events = [CHANGE | {"event_outcome": "refused"}, CHANGE | {"event_outcome": "failed"}, own]
    assert seed(tmp_path, events=events).run("accounts_without_ticket") == []
