"""Planted facts about accounts: leavers, bursts of failed sign-ins, a deleted user."""

from __future__ import annotations

from datetime import date, timedelta

from auditctl.demo import visits
from auditctl.demo.objects import BOARD, EXECUTIVE_FINANCE
from auditctl.demo.people import BURST_ACCOUNT, BY_NAME, DELETED, LEAVER, RECENT_BURST_ACCOUNT
from auditctl.demo.recorder import Event
from auditctl.demo.rows import Day, Mark, SignIn
from auditctl.demo.sign_ins import calm_from
from auditctl.demo.sql_lab import run_statement
from auditctl.demo.statements import HARMLESS
from auditctl.demo.story import Story
from auditctl.demo.timeline import HOUR, SECOND, berlin_day, iso
from auditctl.demo.truth import who

ATTACKER = "203.0.113.77"
UNKNOWN_LEAVER = "rfriedrich"
UNKNOWN_USERNAME = "administrator"


def plant_accounts(story: Story) -> None:
    """Plant all of them."""
    _plant_leavers(story)
    _plant_burst(story)
    _plant_recent_burst(story)
    _plant_deleted_user(story)


def _plant_leavers(story: Story) -> None:
    left = date(story.timeline.year, 7, 31)
    while left.weekday() > 4:
        left -= timedelta(days=1)
    person = BY_NAME[LEAVER]
    used: Mark = []
    signed_in: Mark = []

    def come_back(day: Day) -> None:
        start = day.clock(19.3)
        day.enter(person, start, "198.51.100.23", signed_in)
        then = visits.open_dashboard(day, start + 40 * SECOND, person, BOARD[EXECUTIVE_FINANCE], opened=used)
        then, _ = run_statement(day, story.world, then + 90 * SECOND, person, HARMLESS[0], mark=used)
        day.leave(person, then + 300 * SECOND)

    story.plant(8, 20, come_back)
    story.plant(9, 8, come_back)
    gone = {"oschulz": story.timeline.workday(7, 6), "vnovak": story.timeline.workday(9, 4)}
    story.last_day |= {LEAVER: left, **gone}
    story.truth.facts["leaver"] = {
        **who(LEAVER),
        "left_on": left.isoformat(),
        "log_rows": used,
        "sign_in_rows": signed_in,
        "deactivated": [{**who(name), "left_on": day.isoformat()} for name, day in gone.items()],
        "unknown": [UNKNOWN_LEAVER],
    }


def _plant_burst(story: Story) -> None:
    person = BY_NAME[BURST_ACCOUNT]
    failures: Mark = []
    success: Mark = []

    def guess(day: Day) -> None:
        start = day.clock(6.2)
        for number in range(8):
            instant = start + number * 43 * SECOND
            day.sign_ins.append(
                SignIn(instant, "UserLoginFailed", person.username, person, "bad_password", ATTACKER, failures)
            )
        day.enter(person, start + 350 * SECOND, ATTACKER, success)

    day = story.plant(9, 2, guess)
    story.truth.facts["burst_then_success"] = {
        **who(BURST_ACCOUNT),
        "date": day.isoformat(),
        "failures": 8,
        "failure_rows": failures,
        "success_rows": success,
    }


def _plant_recent_burst(story: Story) -> None:
    person = BY_NAME[RECENT_BURST_ACCOUNT]
    begun, step = story.timeline.until - 6 * HOUR, 37 * SECOND
    failures: Mark = []

    def guess(day: Day) -> None:
        for number in range(9):
            instant = begun + number * step
            if number % 3:
                known = SignIn(instant, "UserLoginFailed", person.username, person, "bad_password", ATTACKER, failures)
                day.sign_ins.append(known)
            else:
                unknown = SignIn(instant, "UserLoginFailed", UNKNOWN_USERNAME, None, "unknown_user", ATTACKER, failures)
                day.sign_ins.append(unknown)

    story.plants[berlin_day(begun)].append(guess)
    # They must not sign in again after the burst, nor have failed by chance just before it.
    story.last_day[RECENT_BURST_ACCOUNT] = berlin_day(calm_from(story.timeline.until)) - timedelta(days=1)
    story.truth.facts["recent_burst"] = {
        **who(RECENT_BURST_ACCOUNT),
        "failures": 6,
        "unknown_username": UNKNOWN_USERNAME,
        "unknown_failures": 3,
        "since": iso(begun),
        "until": iso(begun + 8 * step),
        "failure_rows": failures,
    }


def _plant_deleted_user(story: Story) -> None:
    person = BY_NAME[DELETED]
    visited: Mark = []
    removal: Mark = []

    def look(day: Day) -> None:
        visits.open_dashboard(day, day.clock(10.8), person, BOARD[3], opened=visited)

    def delete(day: Day) -> None:
        before = {"username": person.username, "email": person.email}
        changes = {key: {"before": value, "after": None} for key, value in before.items()}
        target = ("user", person.id, person.username)
        event = Event("UserDeleted", BY_NAME["aschmidt"], "aschmidt", target=target, changes=changes)
        story.recorder.write(day, day.clock(10.5), event, removal)

    story.plant(7, 10, look)
    deleted_on = story.plant(9, 17, delete)
    story.last_day[DELETED] = deleted_on - timedelta(days=1)
    story.truth.facts["deleted_user"] = {
        **who(DELETED),
        "deleted_on": deleted_on.isoformat(),
        "log_rows": visited,
        "deletion_rows": removal,
    }
