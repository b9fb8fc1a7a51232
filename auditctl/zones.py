"""Time zones by name: the zone itself, an instant as its clocks show it, and the edition of its rules."""

from __future__ import annotations

import re
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import tzdata

from auditctl.errors import UsageError
from auditctl.text import show

_EDITION = re.compile(r"# version (\S+)")
# Zone files that are no zones: counting leap seconds, or naming whatever the host is set to.
_NOT_A_ZONE = ("right/", "posix/", "localtime", "posixrules", "Factory")


def load_zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`.

    Raises:
        UsageError: there is no such zone; the nearest name is offered.
    """
    try:
        if not name.startswith(_NOT_A_ZONE):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a key at all; a folder of zones
        pass
    known = {zone.lower(): zone for zone in available_timezones()}
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean {known[near[0]]}?" if near else "Use an IANA name such as Europe/Berlin"
    raise UsageError(f'There is no time zone "{show(name, 60)}"', hint=hint) from None


def in_zone(moment: datetime, zone: str) -> str:
    """Return `2026-07-01 00:00` in a zone that the text around it names; seconds where there are any."""
    there = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    return there.isoformat(sep=" ", timespec="seconds" if there.second else "minutes")


def zone_rules(name: str) -> str:
    """Return which edition of the time zone database the rules of a zone come from, such as `tzdata 2026a`."""
    for folder in map(Path, TZPATH):
        if (folder / name).is_file():
            try:
                with (folder / "tzdata.zi").open(encoding="utf-8") as file:
                    stated = _EDITION.match(file.readline())
            except (OSError, UnicodeDecodeError):
                stated = None
            return f"tzdata {stated[1]}" if stated else f"tzdata of {folder}, which does not say its edition"
    return f"tzdata {tzdata.IANA_VERSION}"
