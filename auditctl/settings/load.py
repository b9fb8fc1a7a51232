"""Reading auditctl.toml and the environment into Settings, with every problem at once."""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from auditctl.errors import SettingsError, UsageError
from auditctl.period import parse_range
from auditctl.settings.check import Accepted, Problem, accept, check, dotted
from auditctl.settings.keys import ENVIRONMENT, KEYS, SCOPE_LISTS, SCOPE_NAMES
from auditctl.settings.model import Audit, BusinessHours, Inputs, Limits, Report, Scope, Settings, Signing, Source
from auditctl.settings.positions import KeyPath, Lines, key_lines, nearest_line
from auditctl.settings.url import holds_secret, resolve_url
from auditctl.text import show

_URLS = (("source", "url"), ("source", "audit", "url"))
_STATED = ("stated_by", "stated_on", "reason")
_DEFAULT = Path("auditctl.toml")
_READABLE_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH
_TOML_PLACE = re.compile(r"(.*) \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _File:
    """A settings file as read; without a path, no file."""

    path: Path | None = None
    mode: int = 0
    document: Mapping[str, object] = field(default_factory=dict)
    lines: Lines = field(default_factory=lambda: MappingProxyType({}))


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings of `path` (None: ./auditctl.toml if there is one), under those of the environment.

    Paths and SQLite URLs of the file begin at its folder, those of the environment at the current one.

    Raises:
        SettingsError: the file is missing, cannot be read, is not TOML, has wrong keys or values, or holds a password
            that others on the machine can read; one problem per line, each with `path:line` or the variable's name.
    """
    if path is None and (_DEFAULT.exists() or _DEFAULT.is_symlink()):
        path = _DEFAULT
    file = _File() if path is None else _read(path)
    values: dict[tuple[str, ...], Any] = {}
    problems: list[Problem] = []
    folder = file.path.absolute().parent if file.path else Path()
    _sort(check(file.document), folder, values, problems)
    for place in _URLS:
        url = values.get(place)
        if file.path and url and (exposed := exposed_secret(file.path, file.mode, url)):
            problems.append(Problem(place, exposed))
    about_environment = _override(values, environ)
    settings = _build(file, values)
    problems += _contradictions(settings, values, {problem.path for problem in problems})
    problems.sort(key=lambda problem: nearest_line(file.lines, problem.path) or 0)
    about_file = [
        f"{settings.where(*problem.path)}: {dotted(problem.path)}: {problem.sentence}" for problem in problems
    ]
    if about_file or about_environment:
        raise SettingsError(about_file + about_environment)
    return settings


def exposed_secret(path: Path, mode: int, url: str) -> str:
    """Return, in words, that a file with a source URL shows a secret to others, and what to do; nothing otherwise."""
    if os.name != "posix" or not mode & _READABLE_BY_OTHERS or not holds_secret(url):
        return ""
    return f"holds a secret that others on this machine can read; run chmod 600 {shlex.quote(str(path))}"


def _read(path: Path) -> _File:
    name = show(path)
    try:
        with path.open("rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            content = stream.read()
    except OSError as error:
        raise SettingsError([f"{name}: the settings cannot be read: {error.strerror}"]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError([f"{name}:{line}: the settings are not UTF-8 text"]) from None
    try:
        document = tomllib.loads(text)
        return _File(path, mode, document, MappingProxyType(key_lines(text)))
    except RecursionError:
        raise SettingsError([f"{name}: the settings are nested too deeply"]) from None
    except ValueError as error:  # tomllib's own, and what it lets through, such as a number of 5000 digits
        raise SettingsError([f"{name}{_syntax_error(str(error), text)}"]) from None


def _syntax_error(message: str, text: str) -> str:
    """Return `:LINE: ...` for a message of tomllib; only a number that Python refuses to read has no place."""
    found = _TOML_PLACE.fullmatch(message)
    if found is None:
        return ": this is not TOML: a number has too many digits"
    what, line, column = found.groups()
    if line is None:
        last = text.rstrip().count("\n") + 1
        return f":{last}: this is not TOML: {what} at the end of the file"
    return f":{line}: this is not TOML: {what} at column {column}"


def _sort(
    checked: Iterable[Accepted | Problem], folder: Path, values: dict[tuple[str, ...], Any], problems: list[Problem]
) -> None:
    """Put accepted values, made independent of the current folder, and problems where they belong."""
    for item in checked:
        if isinstance(item, Problem):
            problems.append(item)
        elif isinstance(item.value, Path):
            values[item.path] = folder.absolute() / item.value
        elif item.path in _URLS:
            try:
                values[item.path] = resolve_url(str(item.value), folder)
            except UsageError as error:
                problems.append(Problem(item.path, " ".join(error.diagnostics())))
        else:
            values[item.path] = item.value


def _override(values: dict[tuple[str, ...], Any], environ: Mapping[str, str]) -> list[str]:
    """Let the environment's values outrank the file's; return its problems."""
    lines = []
    for variable, name in ENVIRONMENT.items():
        if variable in environ:
            key = next(key for key in KEYS if key.name == name)
            problems: list[Problem] = []
            _sort(accept(key, key.path, environ[variable]), Path(), values, problems)
            lines += [f"{variable}: {problem.sentence}" for problem in problems]
    return lines


def _build(file: _File, values: Mapping[tuple[str, ...], Any]) -> Settings:
    def under(*table: str) -> dict[str, Any]:
        return {path[-1]: value for path, value in values.items() if path[:-1] == table}

    scopes = tuple(Scope(name, **under("scope", name)) for name in SCOPE_NAMES if _declared(file, name))
    queries = sorted({path[1] for path in values if path[0] == "thresholds"})
    return Settings(
        path=file.path,
        **under(),
        source=Source(**under("source"), audit=Audit(**under("source", "audit"))),
        report=Report(**under("report")),
        business_hours=BusinessHours(**under("business_hours")),
        inputs=Inputs(**under("inputs")),
        scopes=scopes,
        thresholds=MappingProxyType({query: MappingProxyType(under("thresholds", query)) for query in queries}),
        signing=Signing(**under("signing")),
        accepted_gaps=MappingProxyType(under("accepted_gaps")),
        control_map=MappingProxyType(under("control_map")),
        limits=Limits(**under("limits")),
        lines=file.lines,
    )


def _declared(file: _File, scope: str) -> bool:
    scopes = file.document.get("scope")
    return isinstance(scopes, dict) and isinstance(scopes.get(scope), dict)


def _contradictions(
    settings: Settings, values: Mapping[tuple[str, ...], Any], wrong: set[KeyPath]
) -> Iterable[Problem]:
    """Yield what no key says alone; silent about keys that already have a problem."""
    hours = settings.business_hours
    start, end = ("business_hours", "start"), ("business_hours", "end")
    if not wrong & {start, end} and hours.start >= hours.end:
        yield Problem(end, f"must be later than the start, {hours.start:%H:%M}; it is {hours.end:%H:%M}")
    alias: KeyPath = ("source", "audit", "alias")
    if alias not in wrong and settings.source.audit.alias == settings.source.alias:
        yield Problem(alias, "is that of the source; give each its own")
    covers: KeyPath = ("inputs", "sign_in_log_covers")
    ranges = [(covers, settings.inputs.sign_in_log_covers)] if settings.inputs.sign_in_log_covers else []
    ranges += [(("report", "freezes", index), text) for index, text in enumerate(settings.report.freezes)]
    for place, text in ranges if ("report", "zone") not in wrong else ():
        try:
            parse_range(text, zone=settings.report.zone)
        except UsageError as error:
            yield Problem(place, " ".join(error.diagnostics()))
    for scope in settings.scopes:
        path = ("scope", scope.name)
        if any(place[:2] == path for place in wrong):
            continue
        named = [name for name in (*SCOPE_LISTS, "permitted") if getattr(scope, name)]
        stated = [name for name in _STATED if getattr(scope, name) is not None]
        if not scope.none and not set(named) & set(SCOPE_LISTS):
            yield Problem(path, "names no databases, schemas, tables, datasets or dashboards")
        if scope.none:
            yield from (Problem((*path, name), "contradicts none = true; remove one of them") for name in named)
            yield from (
                Problem((*path, "none"), f"needs {name}: it is management's assertion")
                for name in _STATED
                if name not in stated
            )
        else:
            yield from (Problem((*path, name), "is only for none = true; remove it") for name in stated)
