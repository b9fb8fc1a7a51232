"""The functions that a query may call: what is not named here is refused, whatever a release of DuckDB brings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# The list in docs/queries.md is this one. None of them reads anything but its arguments, and none gives another answer
# when it is asked again.
_NAMES: Final = {
    "Text": (
        "ascii chr concat concat_ws contains ends_with instr left length lower lpad ltrim md5 position"
        " regexp_extract regexp_full_match regexp_matches regexp_replace repeat replace reverse right rpad rtrim"
        " sha256 split_part starts_with strpos substr substring translate trim upper"
    ),
    "Numbers": "abs ceil ceiling floor greatest least mod power round sign sqrt trunc",
    "Conditions": "if ifnull nullif",
    "Times": (
        "date_diff date_part date_trunc datediff datepart datetrunc day dayofmonth dayofweek dayofyear hour isodow"
        " last_day make_date make_timestamp minute month quarter second to_days to_hours to_microseconds"
        " to_milliseconds to_minutes to_months to_seconds to_weeks to_years week year"
    ),
    "Aggregates": (
        "avg bool_and bool_or count count_if count_star max max_by median min min_by mode quantile_cont"
        " quantile_disc stddev_pop stddev_samp string_agg sum var_pop var_samp"
    ),
    "Windows": "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number",
    "Operators": "!~~ % * + - / like_escape not_like_escape || ~~",
}
FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {kind: tuple(names.split()) for kind, names in _NAMES.items()}
)
_ALLOWED: Final = frozenset(name for names in FUNCTIONS.values() for name in names)
_WORDS: Final = frozenset(
    ("current_catalog", "current_database", "current_role", "current_schema", "current_user", "session_user", "user")
)
"""Names that are no column are read as a call of the function of that name."""


def refuse(name: str) -> str | None:
    """Return why a query may not call the function, or not use the word; None where it may."""
    if name in _ALLOWED:
        return None
    called = name if name in _WORDS or not name.isidentifier() else f"{name}()"
    return f"refused: {called}; it is not among the functions of a query, which docs/queries.md lists"


def is_word(name: str) -> bool:
    """Return whether the bare name may be a call."""
    return name.lower() in _WORDS
