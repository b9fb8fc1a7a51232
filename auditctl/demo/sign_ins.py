"""Who signs in and out: a morning and an evening for everybody, and what that leaves in the accounts' counters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from auditctl.demo.people import SERVICE, Person
from auditctl.demo.recorder import Event, Recorder
from auditctl.demo.rows import BASE, Day, SignIn
from auditctl.demo.timeline import HOUR, MINUTE, SECOND
from auditctl.demo.world import World


@dataclass(slots=True)
class Attendance:
    """Plans the ordinary sign-ins. No ordinary failure in the last day and a half: a burst is told there."""

    rng: Random
    calm_from: int

    def arrive(self, day: Day, people: Iterable[Person]) -> None:
        """Sign everybody in, a few after a mistyped password or name."""
        for person in people:
            chance, slip = self.rng.random(), self.rng.random()
            instant = day.clock(person.arrives + 0.2 * chance)
            if instant < self.calm_from and person.username != SERVICE:
                before = instant - 25 * SECOND
                if slip < 0.02:
                    day.sign_ins.append(SignIn(before, "UserLoginFailed", person.username, person, "bad_password"))
                elif slip < 0.023:
                    address = f"10.20.0.{person.id}"
                    typo = f"{person.username}x"
                    day.sign_ins.append(SignIn(before, "UserLoginFailed", typo, None, "unknown_user", address))
            day.enter(person, instant)

    def go_home(self, day: Day, people: Iterable[Person]) -> None:
        """Sign most of them out, after the last thing that they did."""
        usual = 16.2 if day.date.weekday() < 5 else 11.5
        for person in people:
            chance, stays = self.rng.random(), self.rng.random()
            if stays < 0.7 and person.username != SERVICE:
                instant = max(day.clock(usual + chance), day.last_seen.get(person.id, 0) + int(5 * MINUTE * chance))
                day.leave(person, instant + 2 * SECOND)


def settle(day: Day, world: World, recorder: Recorder) -> None:
    """Apply the day's sign-ins to the accounts in the order of time, and let the recorder write them down."""
    for sign_in in sorted(day.sign_ins, key=lambda found: found.instant):
        if sign_in.instant >= day.until:
            break
        person = sign_in.person
        if person:
            account = world.accounts[person.id]
            if sign_in.action == "UserLoggedIn":
                account.login_count = (account.login_count or 0) + 1
                account.fail_login_count = 0
                account.last_login = sign_in.instant - 12_000
            elif sign_in.action == "UserLoginFailed":
                account.fail_login_count = (account.fail_login_count or 0) + 1
        failed = sign_in.action == "UserLoginFailed"
        event = Event(
            sign_in.action,
            person,
            sign_in.username,
            "failed" if failed else "succeeded",
            sign_in.reason,
            address=sign_in.address,
            referrer=f"{BASE}logout/" if sign_in.action == "UserLoggedOut" else f"{BASE}login/",
        )
        recorder.write(day, sign_in.instant, event, sign_in.mark)


def calm_from(until: int) -> int:
    """Return the instant from which no ordinary failure happens before the end of the history."""
    return until - 36 * HOUR
