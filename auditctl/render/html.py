"""The report as one self-contained HTML page, which is also what the PDF is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditctl.assess.model import Word
from auditctl.catalogue.model import Kind
from auditctl.population.model import Capability
from auditctl.render import chart, wording
from auditctl.render.assets import script, style
from auditctl.render.calendar import calendar_of
from auditctl.render.changes import result
from auditctl.render.contents import PackContents
from auditctl.render.pages import cut, page_of
from auditctl.render.register import Item, register_of
from auditctl.render.statement import statement_of
from auditctl.resources import bundled
from auditctl.run.dictionary import SeenAction
from auditctl.run.evidence import Evidence
from auditctl.text import show

# A word never stands alone: a shape goes with it, which greyscale and colour-blind eyes tell apart.
_SHAPES = {
    Word.ERROR: "■",
    Word.EXCEPTIONS: "●",
    Word.NOT_EVIDENCED: "◊",
    Word.ITEMS: "◉",
    Word.NO_EXCEPTIONS: "○",
    Word.NO_ITEMS: "○",
    Word.LISTED: "≡",
    Word.NOT_APPLICABLE: "\N{EN DASH}",
    "FINAL": "●",
    "INTERIM": "◉",
    "INCOMPLETE": "○",
}
_TONES = {
    Word.ERROR: "strong",
    Word.EXCEPTIONS: "strong",
    Word.NOT_EVIDENCED: "middle",
    Word.ITEMS: "middle",
    "INTERIM": "middle",
    "INCOMPLETE": "strong",
}
_MOST_EXCEPTIONS = 100
_MOST_UNREADABLE = 20
# Whoever may write a row of the log may make up an action: a page shows so many, and says how many there are.
_MOST_ACTIONS = 150
_MOST_UNKNOWN = 10
_ANSWERS = ("no", "partial", "yes")


def render_html(contents: PackContents, *, for_print: bool) -> str:
    """Return the report as one page without links to other places or anything to fetch.

    With `for_print` the list of contents and what only a screen can do are left out; words and order are the same.
    """
    settings = dict(_flat(contents.settings))
    return (
        _environment(contents)
        .get_template("report.html.j2")
        .render(
            pack=contents,
            population=contents.population,
            actions=_actions(contents),
            unknown=sorted(contents.population.unmapped.items(), key=lambda entry: (-entry[1], entry[0]))[
                :_MOST_UNKNOWN
            ],
            capabilities=_capabilities(contents),
            calendar=calendar_of(contents),
            charts=chart.charts_of(contents),
            drawing=chart,
            exceptions=_exceptions(contents),
            most_changes=_MOST_EXCEPTIONS,
            most_unreadable=_MOST_UNREADABLE,
            own_parameters=_own_parameters(contents),
            query_places={name: place for place, name in enumerate(sorted(contents.evidence), 1)},
            settings=settings,
            unset=[name for name, value in settings.items() if value in (None, [])],
            scopes=_scopes(contents.settings),
            organisation=settings.get("report.organisation") or "Organisation not declared",
            system=settings.get("report.system") or "System not declared",
            zone=contents.period.zone,
            for_print=for_print,
            style=style(for_print=for_print),
            script=script(),
        )
    )


def _environment(contents: PackContents) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(bundled("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "code_lines": _code_lines,
        "count": wording.count,
        "counts": wording.counts,
        "derivation": wording.derivation,
        "expected": wording.expected,
        "covered": wording.covered,
        "cut": cut,
        "found": wording.found,
        "held": wording.held,
        "in_period": wording.in_period,
        "instant": wording.instant,
        "local": wording.local,
        "not_shipped": wording.not_shipped,
        "offset": wording.offset,
        "own_ids": wording.own_ids,
        "page": page_of,
        "pressing": wording.pressing,
        "rank": list(Word).index,
        "remarks": wording.remarks,
        "result": result,
        "sentence": wording.sentence,
        "settled": wording.settled,
        "state_at": wording.state_at,
        "statement": lambda evidence: statement_of(evidence, contents),
        "shape": lambda word: _SHAPES[word],
        "tally": wording.tally,
        "tone": lambda word: _TONES.get(word, "quiet"),
        "utc": wording.utc,
        "value": wording.setting,
    }
    environment.filters |= filters
    return environment


def _visible(value: object) -> object:
    """Make every printed value visible text before it is escaped, so that no template can forget it."""
    return value if isinstance(value, Markup) else show(value)


@dataclass(frozen=True, slots=True)
class _Exceptions:
    """The first exceptions of a report, and how many there are beyond them."""

    shown: tuple[Item, ...]
    more: int


def _exceptions(contents: PackContents) -> _Exceptions:
    items = register_of(contents, Kind.DEVIATION)
    shown = tuple(islice(items, _MOST_EXCEPTIONS))
    return _Exceptions(shown, sum(1 for _ in items))


def _actions(contents: PackContents) -> list[SeenAction]:
    """The actions that a page shows, by name: those that the catalogue knows, then those with the most rows."""
    kept = sorted(contents.actions, key=lambda seen: (seen.rule is None, -seen.rows))[:_MOST_ACTIONS]
    return sorted(kept, key=lambda seen: seen.action)


def _capabilities(contents: PackContents) -> list[Capability]:
    """What is missing first."""
    since, until = contents.period.since, contents.cut_off
    return sorted(
        contents.population.capabilities.values(),
        key=lambda capability: (_ANSWERS.index(capability.over(since, until).answer), capability.title),
    )


def _own_parameters(contents: PackContents) -> Callable[[Evidence], dict[str, object]]:
    """Parameters but for a window that is the period: the cover has said that."""
    period = {"since": wording.utc(contents.period.since), "until": wording.utc(contents.period.until)}

    def parameters(evidence: Evidence) -> dict[str, object]:
        values: dict[str, object] = dict(evidence.parameters)
        return {name: value for name, value in values.items() if wording.setting(value) != f"{period.get(name)} UTC"}

    return parameters


def _scopes(settings: Mapping[str, object]) -> dict[str, list[tuple[str, object]]]:
    """The declared scopes, each with what was declared of it."""
    scopes = settings.get("scope")
    found = sorted(scopes.items()) if isinstance(scopes, Mapping) else []
    return {
        str(name): sorted((str(key), value) for key, value in scope.items() if value)
        for name, scope in found
        if isinstance(scope, Mapping) and any(scope.values())
    }


def _code_lines(text: str) -> list[str]:
    return text.expandtabs(4).strip("\n").split("\n")


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in sorted(settings.items()):
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
