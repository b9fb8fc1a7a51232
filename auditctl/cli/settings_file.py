"""A new auditctl.toml: the connection tested, what was given or answered in it, every key explained, no password."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auditctl.cli.ask import ask, ask_unseen, can_ask
from auditctl.cli.context import Context
from auditctl.cli.talk import say
from auditctl.commit import opened_folder, refuse_existing, write_whole
from auditctl.errors import UsageError
from auditctl.render.table import open_console, write_pairs
from auditctl.settings import KEYS, redact_url, resolve_url
from auditctl.settings.template import settings_text
from auditctl.settings.url import holds_secret, password_place, without_secrets
from auditctl.settings.values import WrongValueError
from auditctl.text import show

if TYPE_CHECKING:
    from auditctl.source.database import DatabaseSource
    from auditctl.source.zone import Measured

_NAME = "auditctl.toml"
_CHOOSE = "init never replaces a file: remove it or choose another name"
# Option -> the key that it sets, and the question where it is not given.
_OPTIONS = {
    "--server-zone": ("source.server_zone", "Time zone of the Superset server, such as Europe/Berlin"),
    "--in-service-since": ("source.in_service_since", "First day of this Superset, such as 2024-03-01"),
    "--organisation": ("report.organisation", "Name of the organisation on reports"),
    "--system": ("report.system", "Name of the system on reports"),
    "--zone": ("report.zone", "Time zone of reports"),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """What the test of the connection showed."""

    pairs: list[tuple[str, object]]
    measured: tuple[Measured, ...]
    may_modify: bool


def make_settings_file(context: Context, target: Path, given: Mapping[str, str]) -> None:
    """Write the file, or `auditctl.toml` in the folder, that is `target`; `given` holds the options of the call.

    Raises:
        UsageError: an option's value is none that the settings take, or no answer came.
        OutputError: the file is there already, or cannot be written.
        SourceError: the source cannot be opened or read.
    """
    path = target / _NAME if target.is_dir() else target
    with opened_folder(path.parent) as folder:
        refuse_existing(folder, path, _CHOOSE)
    values = {_OPTIONS[option][0]: _acceptor(_OPTIONS[option][0], option)(text) for option, text in given.items()}
    url = _choose(context)
    found = _test(context, url)
    console = open_console(sys.stdout)
    console.no_color = not context.color
    write_pairs(found.pairs, console)
    values["source.url"] = without_secrets(url)
    zone_settled, seen = _settle_zone(values, found.measured)
    if can_ask():
        _ask_rest(values)
    place = password_place(url)
    remarks = {"source.url": [place] if place else [], "source.server_zone": seen}
    text = settings_text({name: value for name, value in values.items() if value}, remarks)
    write_whole(path, lambda stream: stream.write(text.encode()))
    last: list[tuple[str, object]] = [("zone", " ".join([f"{zone_settled}.", *seen])), ("written", path)]
    if place and holds_secret(url):
        last.append(("password", f"not stored. {place}"))
    has_roles = bool(place)  # a file has no password, and no roles either
    last.append(("next", _next(path, advise_grants=found.may_modify and has_roles)))
    across = max(len(label) for label, _ in found.pairs)
    write_pairs([(label.ljust(across), value) for label, value in last], console)


def _acceptor(name: str, called: str, *, empty: bool = False) -> Callable[[str], str]:
    """Return what accepts the text of the key `name` as the settings do; errors name it as the user knows it."""
    key = next(key for key in KEYS if key.name == name)

    def accept(text: str) -> str:
        if empty and not text:
            return ""
        try:
            text.encode()
            key.accept(text)
        except UnicodeEncodeError:
            raise UsageError(f"{called}: is not UTF-8 text") from None
        except WrongValueError as error:
            raise UsageError(f"{called}: {error.problems[0][1]}") from None
        return text

    return accept


def _ask_for(name: str, question: str, *, default: str = "", none: str = "") -> str:
    """Ask for the value of a key; an empty line is the default, and `none`, where there is such a word, no value."""
    accept = _acceptor(name, question.partition(",")[0], empty=True)
    enter = f"Enter: {default or 'not declared'}"
    if default and none:
        enter = f"{enter}, {none} for not declared"
    return ask(f"{question} ({enter})", lambda text: "" if none and text == none else accept(text), default=default)


def _ask_rest(values: dict[str, str]) -> None:
    """Ask for what no option gave, but for the server's zone."""
    for option, (name, question) in _OPTIONS.items():
        if name not in values and option != "--server-zone":
            values[name] = _ask_for(name, question, default="UTC" if option == "--zone" else "")


def _next(path: Path, *, advise_grants: bool) -> str:
    """Return what to run next."""
    tool = "auditctl" if path == Path(_NAME) else f"auditctl --config {shlex.quote(str(path))}"
    return f"{tool} doctor" + (f", and {tool} grants for a role that can only read" if advise_grants else "")


def _choose(context: Context) -> str:
    """Return the source's URL, with a password where one was given; only where none was, and on a terminal, ask."""
    from auditctl.source.url import choose_url

    configured = context.settings.source.url

    def accept(text: str) -> str:
        text = resolve_url(text, Path())
        choose_url(argument=None, url_file=None, configured=text)
        return text

    if not (context.url or context.url_file or configured) and can_ask():
        configured = ask("URL of Superset's metadata database, without a password", accept)
    url = choose_url(argument=context.url, url_file=context.url_file, configured=configured)
    text = url.render_as_string(hide_password=False)
    if can_ask() and url.host and not holds_secret(text):
        kept = "~/.pgpass" if url.drivername == "postgresql" else "its option file"
        password = ask_unseen(f"Password, to test the connection; it is not stored (Enter: as in {kept}, or none)")
        return url.set(password=password or None).render_as_string(hide_password=False)
    return text


def _test(context: Context, url: str) -> _Found:
    """Open the source and look at it.

    Raises:
        SourceError: it cannot be opened or read.
        PolicyError: the role may write, which was forbidden.
    """
    from auditctl.source.zone import measure_offsets

    with context.opened(url) as opened:
        source = opened.source
        return _Found(_describe(source, url), measure_offsets(source), source.facts.role.may_modify)


def _describe(source: DatabaseSource, url: str) -> list[tuple[str, object]]:
    from auditctl.source.tables import table_specs

    facts = source.facts
    unknown = f"unknown (migration {facts.revision})" if facts.revision else "unknown"
    pairs: list[tuple[str, object]] = [
        ("source", redact_url(url)),
        ("server", facts.server_version),
        ("Superset", facts.superset_version or unknown),
        ("role", facts.role.sentence),
    ]
    if source.schema:
        pairs.insert(2, ("schema", source.schema))
    if {"id", "dttm"} <= {*facts.tables.get("logs", ())}:
        for name, newest in (("oldest row", False), ("newest row", True)):
            row = source.edge(table_specs()["logs"], newest=newest)
            at = f"{row[1]:%Y-%m-%d %H:%M:%S} UTC" if row and row[1] else "without a time"
            pairs.append((name, f"logs:{row[0]}, {at}" if row else "none: the log is empty"))
    return pairs


def _settle_zone(values: dict[str, str], measured: tuple[Measured, ...]) -> tuple[str, list[str]]:
    """Put the server's zone into `values` where it was confirmed or is certain.

    Returns:
        What became of it, and the sentences that the file remarks.
    """
    from auditctl.source.zone import contradicts, describe, is_utc, suggested_zone

    name, question = _OPTIONS["--server-zone"]
    ahead = f"The Superset server's local time was UTC {describe(measured)}, as changes of dashboards and charts show."
    seen = [ahead] if measured else []
    if name in values:
        other = contradicts(measured, values[name])
        if other is not None:
            say(f"auditctl: {show(values[name])} had another offset on {other.at:%Y-%m-%d}: is it the server's zone?")
    elif can_ask():
        for sentence in seen:
            say(sentence)
        values[name] = _ask_for(name, question, default=suggested_zone(measured) or "", none="-")
    elif is_utc(measured):
        values[name] = "UTC"
        seen.append("So it was UTC in summer and winter, and is set.")
    elif seen:
        seen.append("An offset names no zone: declare the server's when you know it.")
    return values.get(name) or "not declared", seen
