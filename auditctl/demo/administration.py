"""What administrators do in the story: accounts, roles, the group, a database; and other singular acts of content."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from auditctl.demo import changes
from auditctl.demo.objects import BOARD, DATASETS, EXECUTIVE_FINANCE, NEW_BOARD
from auditctl.demo.people import BY_NAME, GROUP, NEW_HIRE, UNAPPROVED_ADMIN, Person
from auditctl.demo.recorder import Event
from auditctl.demo.rows import Day, Mark
from auditctl.demo.story import Plant, Story
from auditctl.demo.timeline import berlin_day
from auditctl.demo.truth import who
from auditctl.demo.world import Version

DATABASE_CANARY = "CANARY-demo-db-password"
USER_CANARY = "CANARY-demo-user-password"
ARCHIVE_NAME = "claims-archive"
SCHEDULE_NAME = "Monthly finance pack"
SAVED_QUERY = ("Beds by ward", "SELECT ward, count(*) FROM bed_days GROUP BY ward")
APPROVED = {
    # account: (username, e-mail) as the list of approvals has them; one is found by its e-mail only
    "aschmidt": ("aschmidt", "aschmidt@example.com"),
    "mlind": ("maja.lind", "MLind@example.com"),
    "cokafor": ("cokafor", "cokafor@example.com"),
    "svc_portal": ("svc_portal", "svc_portal@example.com"),
}


def plant_administration(story: Story) -> None:
    """Plant all of them."""
    _plant_account_changes(story)
    _plant_grant_changes(story)
    _plant_refused_functions(story)
    story.plant(8, 6, _add_database(story))
    story.plant(9, 22, _change_password(story))
    story.plant(7, 20, _add_schedule(story))
    story.plant(7, 27, _save_query(story))
    story.plant(8, 11, _start_board(story))


def _start_board(story: Story) -> Plant:
    def act(day: Day) -> None:
        person, board = BY_NAME["dkaya"], BOARD[NEW_BOARD]
        changes.create_dashboard(day, story.world, day.clock(11.4), person, board)
        changes.create_draft(day, story.world, day.clock(11.5), person, board.charts[0].dataset)

    return act


def _update_user(
    story: Story, admin: str, person: Person, hour: float, field: str, before: Any, after: Any, mark: Mark
) -> Plant:
    def act(day: Day) -> None:
        instant = day.clock(hour)
        actor = BY_NAME[admin]
        story.world.accounts[person.id].version.touch(instant - 8_000, actor.id)
        event = Event(
            "UserUpdated",
            actor,
            admin,
            target=("user", person.id, person.username),
            changes={field: {"before": before, "after": after}},
        )
        story.recorder.write(day, instant, event, mark)

    return act


def _plant_account_changes(story: Story) -> None:
    for username, month, number in (("oschulz", 7, 6), ("vnovak", 9, 4)):
        story.plant(month, number, _update_user(story, "aschmidt", BY_NAME[username], 17.7, "active", True, False, []))
    hired = BY_NAME[NEW_HIRE]

    def create(day: Day) -> None:
        instant, actor = day.clock(8.4), BY_NAME["aschmidt"]
        made = instant - 8_000
        story.world.accounts[hired.id].version = Version(made, actor.id, made, actor.id)
        after = {"username": hired.username, "email": hired.email, "active": True}
        event = Event(
            "UserCreated",
            actor,
            actor.username,
            target=("user", hired.id, hired.username),
            changes={key: {"before": None, "after": value} for key, value in after.items()}
            | {"roles": {"before": [], "after": sorted(hired.roles)}},
        )
        story.recorder.write(day, instant, event)

    story.first_day[NEW_HIRE] = story.plant(9, 1, create) + timedelta(days=1)


def _plant_grant_changes(story: Story) -> None:
    risen, granted = BY_NAME[UNAPPROVED_ADMIN], list[tuple[int, int]]()
    promotion = _update_user(story, "mlind", risen, 16.6, "roles", ["Alpha"], sorted(risen.roles), granted)
    given_on = story.plant(8, 25, promotion)
    group, _, _, member = GROUP
    story.truth.facts["unapproved_admin"] = {
        **who(UNAPPROVED_ADMIN),
        "granted_on": given_on.isoformat(),
        "granted_by": "mlind",
        "grant_rows": granted,
    }
    story.truth.facts["approved_admins"] = [
        {
            **who(name),
            "through": f"group:{group}" if name == member else "direct",
            "matched_by": "username" if username == name else "email",
        }
        for name, (username, _) in APPROVED.items()
    ]

    def regroup(actor: str, before: list[str], after: list[str], mark: Mark | None = None) -> Plant:
        def act(day: Day) -> None:
            users = {"users": {"before": before, "after": after}}
            event = Event("GroupUpdated", BY_NAME[actor], actor, target=("group", 1, group), changes=users)
            story.recorder.write(day, day.clock(14.2), event, mark)

        return act

    def widen(day: Day) -> None:
        names = [f"datasource_access on {dataset.permission}" for dataset in DATASETS if dataset.phi]
        event = Event(
            "RoleUpdated",
            BY_NAME["mlind"],
            "mlind",
            target=("role", 6, "Clinician"),
            changes={"permissions": {"before": sorted(names)[1:], "after": sorted(names)}},
        )
        story.recorder.write(day, day.clock(9.8), event)

    story.plant(8, 14, regroup("aschmidt", [], [member]))
    story.plant(8, 18, widen)
    # For a day, so that nothing at the read point shows it.
    own, both = list[tuple[int, int]](), [member, UNAPPROVED_ADMIN]
    story.plant(9, 14, regroup(UNAPPROVED_ADMIN, [member], both, own))
    story.plant(9, 15, regroup(UNAPPROVED_ADMIN, both, [member]))
    story.truth.facts["self_granted"] = {**who(UNAPPROVED_ADMIN), "group": group, "log_rows": own}


def _plant_refused_functions(story: Story) -> None:
    """Every other week somebody without the role tries SQL Lab; only the recorder sees it."""
    if story.recorder.since is None:
        return
    names = ("bjansen", "zkowalski", "yaydin")

    def refuse(name: str) -> Plant:
        def act(day: Day) -> None:
            event = Event(
                "AccessRefused",
                BY_NAME[name],
                name,
                "refused",
                "no_permission",
                ("permission", None, "can_execute_sql_query on SQLLab"),
            )
            story.recorder.write(day, day.clock(13.3), event)

        return act

    day = berlin_day(story.recorder.since) + timedelta(days=6)
    for number in range(40):
        story.plants[day + timedelta(days=14 * number)].append(refuse(names[number % 3]))


def _add_database(story: Story) -> Plant:
    def act(day: Day) -> None:
        actor, instant = BY_NAME["aschmidt"], day.clock(15.3)
        uri = f"postgresql+psycopg2://claims_reader:{DATABASE_CANARY}@claims.example.com:5432/claims"
        payload = {
            "path": "/api/v1/database/",
            "database_name": ARCHIVE_NAME,
            "sqlalchemy_uri": uri,
            "expose_in_sqllab": True,
            "allow_ctas": False,
            "allow_dml": False,
            "extra": json.dumps({"allows_virtual_table_explore": True}),
        }
        day.add(instant, "test_connection_attempt", actor, {**payload, "engine": "postgresql"})
        day.add(instant + 90_000, "test_connection_success", actor, {**payload, "engine": "postgresql"})
        made = instant + 140_000
        day.add(
            instant + 250_000, "DatabaseRestApi.post", actor, {**payload, "object_ref": "DatabaseRestApi.post"}, ms=277
        )
        story.world.made["database"] = made

    return act


def _change_password(story: Story) -> Plant:
    def act(day: Day) -> None:
        person, instant = BY_NAME["yaydin"], day.clock(12.1)
        payload = {
            "path": "/api/v1/me/",
            "first_name": person.first_name,
            "password": USER_CANARY,
            "object_ref": "CurrentUserRestApi.update_me",
        }
        day.add(instant, "CurrentUserRestApi.put", person, payload, ms=242)
        story.world.accounts[person.id].version.touch(instant - 12_000, person.id)

    return act


def _add_schedule(story: Story) -> Plant:
    def act(day: Day) -> None:
        instant = day.clock(10.3)
        recipients = [{"type": "Email", "recipient_config_json": {"target": "auditor@example.net"}}]
        payload = {
            "path": "/api/v1/report/",
            "type": "Report",
            "name": SCHEDULE_NAME,
            "crontab": "0 6 1 * *",
            "timezone": "UTC",
            "active": True,
            "dashboard": EXECUTIVE_FINANCE,
            "recipients": recipients,
            "report_format": "PDF",
            "working_timeout": 3600,
            "log_retention": 90,
            "creation_method": "alerts_reports",
            "dashboard_id": EXECUTIVE_FINANCE,
            "chart_id": None,
        }
        day.add(instant, "ReportScheduleRestApi.post", BY_NAME["wlang"], payload, board=EXECUTIVE_FINANCE)
        story.world.made["schedule"] = instant + 42_000

    return act


def _save_query(story: Story) -> Plant:
    def act(day: Day) -> None:
        instant = day.clock(11.8)
        label, sql = SAVED_QUERY
        payload = {"path": "/api/v1/saved_query/", "label": label, "db_id": 2, "schema": "mart", "sql": sql}
        day.add(instant, "SavedQueryRestApi.post", BY_NAME["dkaya"], payload, ms=95)
        story.world.made["saved_query"] = instant - 88_000

    return act
