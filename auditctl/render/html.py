"""The report as one self-contained HTML page, which is also what the PDF is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from auditctl.assess.model import Word
from auditctl.population.model import Coverage, Gap
from auditctl.render.contents import PackContents
from auditctl.render.pages import page_of
from auditctl.render.values import as_utc
from auditctl.resources import bundled
from auditctl.text import show

# A word never stands alone: a shape goes with it, which greyscale and colour-blind eyes tell apart.
_SHAPES = {
    Word.ERROR: "■",
    Word.EXCEPTIONS: "●",
    Word.NOT_EVIDENCED: "◇",
    Word.ITEMS: "◐",
    Word.NO_EXCEPTIONS: "○",
    Word.NO_ITEMS: "○",
    Word.LISTED: "≡",
    Word.NOT_APPLICABLE: "\N{EN DASH}",
    "FINAL": "●",
    "INTERIM": "◐",
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


def render_html(contents: PackContents, *, for_print: bool) -> str:
    """Return the report as one page without scripts, links to other places or anything to fetch.

    With `for_print` the list of contents and the style of the screen are left out; words and order are the same.
    """
    settings = dict(_flat(contents.settings))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            pack=contents,
            population=contents.population,
            settings=settings,
            organisation=settings.get("report.organisation") or "Organisation not declared",
            system=settings.get("report.system") or "System not declared",
            zone=ZoneInfo(contents.period.zone),
            for_print=for_print,
        )
    )


def _environment() -> Environment:
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
        "count": _count,
        "code_lines": _code_lines,
        "covered": _covered,
        "instant": _instant,
        "local": _local,
        "page": page_of,
        "shape": lambda word: _SHAPES[word],
        "span": _span,
        "tone": lambda word: _TONES.get(word, "quiet"),
        "value": _value,
    }
    environment.filters |= filters
    return environment


def _visible(value: object) -> object:
    """Make every printed value visible text before it is escaped, so that no template can forget it."""
    return value if isinstance(value, Markup) else show(value)


def _instant(moment: datetime) -> str:
    return as_utc(moment).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds") + " UTC"


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _span(gap: Gap) -> str:
    return f"{_instant(gap.since)} to {_instant(gap.until)}"


def _covered(covered: Coverage) -> str:
    if covered.answer == "yes":
        return "Held over the whole window."
    parts = "; ".join(_span(gap) for gap in covered.gaps)
    return f"{'Not held' if covered.answer == 'no' else 'Held in part; not held'}: {parts}."


def _count(number: int, noun: str = "", plural: str = "") -> str:
    if not noun:
        return f"{number:,}"
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def _value(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_value(item) for item in value) or "none"
    return str(value)


def _code_lines(text: str) -> list[str]:
    return text.expandtabs(4).strip("\n").split("\n")


def _flat(settings: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in sorted(settings.items()):
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
