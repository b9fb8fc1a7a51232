"""One canary: the act, the search for its row, and what either means."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from auditctl.canary.acts import FAILED_SIGN_IN, Act, Credentials, look_at_dashboards, new_token, reject_sign_in
from auditctl.canary.address import parse_address
from auditctl.canary.client import Client
from auditctl.canary.search import Found, before, is_fresh, last_beats, search
from auditctl.cli.context import Context
from auditctl.errors import ExitCode, UsageError
from auditctl.render.table import open_console, write_outcome, write_pairs, write_text
from auditctl.source.database import DatabaseSource
from auditctl.text import show

_WITHIN: Final = re.compile(r"(?P<number>[1-9]\d{0,4})(?P<unit>[sm])")
_LONGEST: Final = 3600
_READABLE_BY_OTHERS: Final = stat.S_IRGRP | stat.S_IROTH
_KIND: Final = "sign_in_failure"
_NO_RECORDER = (
    "Superset itself records no sign-in of an account that does not exist, in no release. Where the recorder is not"
    " installed this is no fault of the logging: failed sign-ins are not evidenced. Install the recorder, or test with"
    " --user an act that Superset records."
)
_ONE_PLACE = "Only one of the two places has it: see AUDIT_LOGS and AUDIT_DATABASE_URI in superset_config.py."
_LOGGING = (
    "Superset records this act, in every release. Is this the metadata database of that Superset? Does an EVENT_LOGGER"
    " of your own write to the log? Does the log of Superset say that it failed to log an event?"
)


def try_logging(
    context: Context, superset: str, user: str | None, password_file: Path | None, provider: str, within: str
) -> ExitCode:
    """Do the act, look for its row, print what was found, and return the exit code.

    Raises:
        AuditctlError: the command line, Superset or the source.
    """
    patience = _seconds(within)
    client = Client(parse_address(superset))
    credentials = _credentials(user, password_file, provider)
    if credentials is not None and not client.is_private:
        raise UsageError("a password is not sent without encryption", hint="Give an address that begins with https://")

    @contextmanager
    def opening() -> Iterator[Sequence[DatabaseSource]]:
        with context.opened() as opened:
            # What Superset itself records is in its own database alone.
            yield opened.sources if credentials is None else (opened.source,)

    since_keys = before(opening)
    token = new_token()
    act = reject_sign_in(client, token) if credentials is None else look_at_dashboards(client, token, credentials)
    found = search(opening, act, since_keys, patience)
    beats: Mapping[str, datetime] = {}
    if not any(found):
        with opening() as sources:
            beats = last_beats(sources)
    _tell(act, [one for one in found if one is not None], within, beats, color=context.color)
    if any(found) and not all(found):
        write_text(_ONE_PLACE, open_console(sys.stdout))
    return ExitCode.COMPLETE if all(found) else ExitCode.NOT_EVIDENCED


def _tell(act: Act, found: Sequence[Found], within: str, beats: Mapping[str, datetime], *, color: bool) -> None:
    console = open_console(sys.stdout)
    console.no_color = not color
    if not found:
        write_outcome(f"Not evidenced: no row of it within {within}.", console)
        write_pairs([("act", act.sentence)], console)
        write_text(_meaning(act, beats), console)
        return
    write_outcome(f"Recorded: found after {max(one.after for one in found):.1f} s.", console)
    write_pairs([("act", act.sentence), *(("row", _row(one)) for one in found)], console)


def _row(found: Found) -> str:
    row = found.row
    at = f"{row.at:%Y-%m-%d %H:%M:%S} UTC" if row.at else "no time"
    return f"logs:{row.key} of {found.alias}: {row.action}, {at}"


def _meaning(act: Act, beats: Mapping[str, datetime]) -> str:
    """Say what it means that there is no row."""
    if act.action != FAILED_SIGN_IN:
        return _LOGGING
    if not beats:
        return _NO_RECORDER
    last = beats.get(_KIND)
    if is_fresh(last):
        return (
            "A recorder runs: its last heartbeat says that it records failed sign-ins. Is it this Superset that it runs"
            " in? Is --within long enough? Does the log of Superset name a place that cannot be written to?"
        )
    if last is None:
        return "A recorder runs, and its heartbeats do not name failed sign-ins: see AUDIT_KINDS in superset_config.py."
    return (
        f"The last heartbeat of a recorder is of {last:%Y-%m-%d %H:%M} UTC: it does not run, or its rows do not arrive."
    )


def _seconds(text: str) -> float:
    found = _WITHIN.fullmatch(text)
    seconds = int(found["number"]) * (60 if found["unit"] == "m" else 1) if found else 0
    if not 1 <= seconds <= _LONGEST:
        raise UsageError(f"--within {show(text, 40)}: expected 1s to 60m, such as 90s or 5m")
    return float(seconds)


def _credentials(user: str | None, password_file: Path | None, provider: str) -> Credentials | None:
    if user is None and password_file is None:
        return None
    if user is None or password_file is None:
        raise UsageError("--user and --password-file go together")
    return Credentials(user, _password(password_file), provider)


def _password(path: Path) -> str:
    where = f"--password-file {show(path)}"
    try:
        with path.open(encoding="utf-8") as stream:
            mode, text = os.fstat(stream.fileno()).st_mode, stream.read()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror or "error").lower() if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"{where}: {reason}", hint="Give a file with the password alone") from None
    password = text.removesuffix("\n").removesuffix("\r")
    if not password or "\n" in password:
        raise UsageError(f"{where}: expected one line with the password")
    if mode & _READABLE_BY_OTHERS:
        raise UsageError(f"{where}: others on this machine can read it", hint=f"Run chmod 600 {shlex.quote(str(path))}")
    return password
