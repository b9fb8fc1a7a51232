"""What a canned query must not use: what other engines read differently, or what differs from run to run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlglot import Token, TokenType, exp

Refusal = tuple[int, str]
"""Where in the statement (characters from its start), and what is refused with what to do."""

_CLOCK = "the answer would change from run to run; use $until or run_context"
_CALENDAR = "relations hold the date, hour and weekday; the calendar is 'days'"
_ROWS = "it makes rows of its own; join 'days' or another relation"
_JSON = "relations hold the columns; add one to schema.toml"
_CHANCE = "the answer would change from run to run; order by the key instead"
_SESSION = "the answer would depend on the session; use a parameter"
_FILE = "a query reads relations only; declare them in 'reads'"

_FUNCTIONS = {
    **dict.fromkeys(("now", "today", "get_current_timestamp", "get_current_time", "transaction_timestamp"), _CLOCK),
    **dict.fromkeys(("current_localtime", "current_localtimestamp", "current_timestamp", "current_date"), _CLOCK),
    **dict.fromkeys(("strftime", "strptime", "try_strptime", "timezone", "to_timestamp"), _CALENDAR),
    **dict.fromkeys(("generate_series", "range", "unnest", "generate_subscripts"), _ROWS),
    **dict.fromkeys(("to_json", "from_json", "array_to_json", "row_to_json"), _JSON),
    **dict.fromkeys(("random", "setseed", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval"), _CHANCE),
    **dict.fromkeys(("getenv", "getvariable", "current_setting", "current_user", "version"), _SESSION),
}
_PREFIXES = {"json": _JSON, "epoch": _CALENDAR, "read_": _FILE}
_CLOCK_WORDS = ("current_timestamp", "current_date", "current_time", "localtimestamp", "localtime")
_TOKENS = {
    TokenType.QUALIFY: "QUALIFY; filter in an outer SELECT",
    TokenType.ASOF: "ASOF; join on a condition and pick a row with row_number()",
    TokenType.ARROW: f"->; {_JSON}",
    TokenType.DARROW: f"->>; {_JSON}",
    TokenType.DIV: "//; write floor(CAST(... AS DOUBLE) / ...)",
    TokenType.SEMICOLON: "a semicolon; end the file after the one SELECT",
}


def find_refusals(tree: exp.Expr, tokens: Sequence[Token]) -> Iterator[Refusal]:
    """Yield everything in a parsed statement that canned queries must not use."""
    found = list(_refused_tokens(tokens))
    places = {offset for offset, _ in found}
    found.extend(refusal for refusal in _refused_nodes(tree) if refusal[0] not in places)
    for offset, message in found:
        yield offset, f"refused: {message}"


def offset_of(node: exp.Expr) -> int:
    """Return where a node stands in the statement: its own place, else the first inside it, else around it."""
    places = [int(inner.meta["start"]) for inner in node.walk() if "start" in inner.meta]
    if places:
        return min(places)
    return offset_of(node.parent) if node.parent else 0


def _refused_tokens(tokens: Sequence[Token]) -> Iterator[Refusal]:
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word = token.text.lower()
        called = after is not None and after.token_type is TokenType.L_PAREN
        named = before is not None and before.token_type in (TokenType.DOT, TokenType.ALIAS)
        if token.token_type in _TOKENS:
            yield token.start, _TOKENS[token.token_type]
        elif called and (advice := _function_advice(word)):
            yield token.start, f"{word}(); {advice}"
        elif word in _CLOCK_WORDS and token.token_type is not TokenType.IDENTIFIER and not named:
            yield token.start, f"{word}; {_CLOCK}"
        elif after is not None and after.text.upper() == "ALL" and word in ("group by", "order by"):
            yield token.start, f"{word.upper()} ALL; name the columns"


def _function_advice(name: str) -> str | None:
    return _FUNCTIONS.get(name) or next((advice for start, advice in _PREFIXES.items() if name.startswith(start)), None)


def _refused_nodes(tree: exp.Expr) -> Iterator[Refusal]:
    for node in tree.walk():
        message = _node_message(node)
        if message:
            yield offset_of(node), message


def _node_message(node: exp.Expr) -> str | None:
    match node:
        case exp.Star() if not isinstance(node.parent, exp.Count):
            return "*; name the columns"
        case exp.Columns():
            return "COLUMNS(); name the columns"
        case exp.Ordered() if _is_number(node.this):
            return "a number in ORDER BY; name the column"
        case exp.ILike():
            return "ILIKE; compare lower(...) with LIKE"
        case exp.AtTimeZone():
            return f"AT TIME ZONE; times are UTC, {_CALENDAR}"
        case exp.Between() if any(p.name in ("since", "until") for p in node.find_all(exp.Placeholder)):
            return "BETWEEN with $since or $until; write >= $since AND < $until"
        case exp.Div() if not (_is_decimal(node.this) or _is_decimal(node.expression)):
            return "/ of what may be two integers; write CAST(... AS DOUBLE) / ..."
        case exp.TableSample():
            return f"TABLESAMPLE; {_CHANCE}"
        case exp.Table() if not isinstance(node.this, exp.Identifier):
            return f"a table function; {_FILE}"
        case exp.Into() | exp.DML() | exp.DDL() | exp.Command() if not isinstance(node, exp.Query):
            return "anything but reading; write one SELECT"
        case _:
            return None


def _is_number(node: object) -> bool:
    return isinstance(node, exp.PositionalColumn) or (isinstance(node, exp.Literal) and not node.is_string)


def _is_decimal(node: exp.Expr) -> bool:
    """Whether an operand is certainly no integer: a decimal literal, a cast to one, or arithmetic with either."""
    match node:
        case exp.Paren() | exp.Neg():
            return _is_decimal(node.this)
        case exp.Literal():
            return not node.is_string and not node.this.isdigit()
        case exp.Cast():
            return node.to.is_type(*exp.DataType.REAL_TYPES)
        case exp.Mul() | exp.Add() | exp.Sub() | exp.Div():
            return _is_decimal(node.left) or _is_decimal(node.right)
        case _:
            return False
