"""Secrets replaced in Arrow batches before anything reaches the disk.

Superset logs request bodies as they came: a new password, a database URI with its password, tokens. A secret is known
by the name it stands under (`password`, `db_password`, `accessToken`), by its place in a URI (`scheme://user:HERE@host`,
`?token=HERE`), or by the words before it (`IDENTIFIED BY 'HERE'`, `Bearer HERE`). In doubt more is removed, not less. A
secret under an innocent name (`{"note": "hunter2"}`) cannot be told from text and stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import pyarrow as pa
import pyarrow.compute as pc

REMOVED = "[secret removed]"

_LARGEST_CELL = 2_000_000  # bytes of UTF-8: bounds the time that one hostile cell can take
_DEEPEST = 100  # containers within containers; what Superset writes stays below 20
_DEEPEST_TEXT = 4  # documents in strings in documents; deeper JSON is searched as plain text, a deeper URL removed
_MOST_PASSES = 5  # of the text rules over one text, until they find nothing more

# Every rule below fires only in a cell that this one finds, so ordinary cells never become Python objects.
_SUSPECT = (
    r"(?is)passw|passphrase|pwd|secret|token|credential|encrypted[^a-z0-9]*extra|authorization|cookie|session"
    r"|(api|private|access|account)[^a-z0-9]*key|bearer|identified|signature|([?&#]|%3f|%26|%23)sig(=|%3d)"
    r"|(:|%3a)(\\*/|%2f){2}.*(@|%40)"  # a URI that may hold credentials, also percent-encoded in a query string
    r"|\\u00[2-7]"  # a plain character written as an escape: it may hide any of the words
)

_SUSPECT_TEXT = re.compile(_SUSPECT)
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:pwd|secret|token|credential|cookie|authorization|encrypted_extra"
    r"|(?:api|private|secret|access|account)_key|apikey)s?\d*$"
    r"|(?:^|_)(?:session|credentials_(?:info|json))$"
    r"|(?:password|passwd|passphrase)s?_?(?:\d+|confirm(?:ation)?)?$"
)
_SIGNATURES = frozenset({"sig", "signature", "x-amz-signature"})  # they make a shared link open
_PROSE = frozenset({"secret", "token", "session", "cookie", "credentials", "authorization"})  # "Session: an overview"
_HOLLOW = frozenset({"", "XXXXXXXXXX", "***", REMOVED})  # nothing, or how Superset, SQLAlchemy and this module hide it
_NO_VALUES = frozenset({"null", "none", "true", "false"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")

_PEM = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.S)
_URI = re.compile(r"\s*+[A-Za-z][\w+.\-]*+:(?:\\*+/){2}")
_WORD = re.compile(r"\S+")
_AFTER_SCHEME = re.compile(r":(?:\\*+/){2}")
_WEB = re.compile(r"(?:https?|wss?|s?ftps?|s3a?|gs)\Z", re.I)
_USER = re.compile(r"""[^\s:/?#"'<>]*+:""")
_AUTHORITY = re.compile(r"""[^/?#\\"'<>]*+""")
_QUERY = re.compile(r"""(?<=[?&#])([^\s=&?"'<>#]{1,100})=((?:[^&\s"'<>\\]|\\(?!["']))++)""")
_HEADER = re.compile(r"""\b((?:authorization|cookie)\s*+:\s*+)([^\s"'][^\r\n"']*+)""", re.I)
_BEARER = re.compile(r"\b(bearer\s++)([\w\-.~+/]{6,}+=*+)", re.I)
_LEAD = re.compile(
    r"""(?<![\w.\-])(?:
      identified\s++(?:(?:with|via)\s++\S++\s++)?+(?:by|as|using)\s++(?:password\s++)?+
    | (?P<name>[\w.\-]++)(?:
        (?:\\*+["'`\]])?+\s*+(?P<operator>=>|:=|==?|:(?!:))(?P<gap>\s*+)      # password = ..., "password": ...
      | (?:\s++\(?+|\()\s*+(?=[A-Za-z]{0,2}&?["'])                            # PASSWORD '...', PASSWORD('...')
      )
    )""",
    re.X | re.I,
)
# What is never closed runs to the end: a cut-off text must not keep half a password.
_VALUE = re.compile(
    r"""
      [A-Za-z]{0,2}&?'(?P<single>(?:[^'\\]|''|\\.|\\\Z)*+)'?
    | [A-Za-z]{0,2}&?"(?P<double>(?:[^"\\]|""|\\.|\\\Z)*+)"?
    | (?P<quote>\\+["'])(?P<escaped>.*?)(?:(?P=quote)|\Z)
    | (?P<group>[\[{][^\]}]*+[\]}]?)
    | (?P<bare>[^\s;&"'<>]++)
    """,
    re.X | re.S,
)


def replace_secrets(batch: pa.RecordBatch, columns: Collection[str]) -> tuple[pa.RecordBatch, dict[str, int]]:
    """Return the batch without secrets, and how many cells changed in each column that was searched.

    Only the named columns are searched; names that the batch does not have are passed over. A cell keeps its bytes
    unless something in it was replaced. A cell over 2 MB that may hold a secret is replaced whole, as is one nested too
    deeply to be searched.

    Raises:
        TypeError: A named column holds something that is neither text nor a plain number or time.
    """
    counts: dict[str, int] = {}
    for name in columns:
        for index in batch.schema.get_all_field_indices(name):
            column, changed = _search_column(batch.column(index), name)
            counts[name] = counts.get(name, 0) + changed
            if changed:
                batch = batch.set_column(index, batch.schema.field(index), column)
    return batch, counts


def _search_column(column: pa.Array, name: str) -> tuple[pa.Array, int]:
    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_primitive(kind) or pa.types.is_decimal(kind):
        return column, 0
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)):
        raise TypeError(f"column {name} of type {kind} cannot be searched for secrets")
    # As bytes, because a source may hold text that is no UTF-8, and the search must not stop at it.
    raw = column.cast(pa.large_binary())
    suspects = pc.indices_nonzero(pc.match_substring_regex(raw, _SUSPECT).fill_null(False))
    replaced: dict[int, bytes] = {}
    for index, cell in zip(suspects.to_pylist(), raw.take(suspects).to_pylist(), strict=True):
        cleaned = _clean_cell(cell)
        if cleaned is not None:
            replaced[index] = cleaned
    if not replaced:
        return column, 0
    mask = [False] * len(raw)
    for index in replaced:
        mask[index] = True
    raw = pc.replace_with_mask(raw, pa.array(mask), pa.array(replaced.values(), pa.large_binary()))
    return pc.cast(raw, options=pc.CastOptions(kind, allow_invalid_utf8=True)), len(replaced)


def _clean_cell(cell: bytes) -> bytes | None:
    """Return the cell without its secrets, or None when it holds none."""
    text = cell.decode("utf-8", "surrogateescape")
    if len(cell) > _LARGEST_CELL:
        return f"[{len(text)} characters removed: too large to search for secrets]".encode()
    try:
        cleaned = _clean_text(text, 0)
    except RecursionError:
        return f"[{len(text)} characters removed: too deeply nested to search for secrets]".encode()
    return None if cleaned is text else cleaned.encode("utf-8", "surrogateescape")


def _clean_text(text: str, level: int) -> str:
    """Return the text without its secrets; the same object when it holds none. `level` counts documents in strings."""
    if level <= _DEEPEST_TEXT and text.lstrip()[:1] in ("{", "["):
        try:
            document = json.loads(text, object_pairs_hook=_object)
        except ValueError:
            pass  # cut off, or not JSON at all: the text rules also know `"password": "..."`
        else:
            cleaned = _clean_value(document, level, 0)
            return text if cleaned is document else _dump(cleaned)
    return _clean_plain(text, level)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the pairs as a dict, refusing a repeated key: the last would hide what stands under the others."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("repeated key")
    return value


def _dump(document: Any) -> str:
    text = json.dumps(document, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which only an escape can write
        text = json.dumps(document)
    return text


def _clean_value(value: Any, level: int, depth: int) -> Any:
    """Return a JSON value without its secrets; the same object when it holds none."""
    if isinstance(value, str):
        return _clean_text(value, level + 1)
    if not isinstance(value, dict | list):
        return value
    if depth > _DEEPEST:
        raise RecursionError
    if isinstance(value, list):
        items = [_clean_value(item, level, depth + 1) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    pairs = [
        (_clean_plain(key, level), REMOVED if _is_secret(key, item) else _clean_value(item, level, depth + 1))
        for key, item in value.items()
    ]
    same = all(new[0] is old[0] and new[1] is old[1] for new, old in zip(pairs, value.items(), strict=True))
    return value if same else dict(pairs)


def _is_secret(key: str, value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return False
    hollow = value in _HOLLOW if isinstance(value, str) else value in ([], {})
    return not hollow and is_secret_name(key)


def _plain_name(name: str) -> str:
    return _BETWEEN_WORDS.sub("_", _CAMEL.sub("_", name[-200:]).lower()).strip("_")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Tell whether a key, parameter or column of this name holds a secret: `password`, `X-Api-Key`, `dbPassword`."""
    return _SECRET_NAME.search(_plain_name(name)) is not None


def _clean_plain(text: str, level: int) -> str:
    """Apply the text rules to text in which they may find something; else return the same object."""
    # Most values beside a secret hold none. A name may also be percent-encoded.
    return _apply_rules(text, level) if "%" in text or _SUSPECT_TEXT.search(text) else text


def _apply_rules(text: str, level: int) -> str:
    """Apply the text rules until they find nothing more; the same object when they find nothing at all."""
    cleaned = text
    for _ in range(_MOST_PASSES):
        before = cleaned
        for rule in _RULES:
            # In pieces, so that no rule ever reads what another one (or an earlier run) left behind as a new secret.
            cleaned = REMOVED.join(rule(piece, level) for piece in cleaned.split(REMOVED))
        if cleaned == before:
            break
    return text if cleaned == text else cleaned


def _clean_keys_in_pem(text: str, _level: int) -> str:
    return _PEM.sub(REMOVED, text) if "PRIVATE KEY" in text else text


def _clean_uris(text: str, _level: int) -> str:
    if "@" not in text:
        return text
    if _URI.match(text):  # the whole text is one URI, whose password may hold spaces and quotes
        return _clean_uri(text)
    return _WORD.sub(lambda word: _clean_uri(word[0]) if "@" in word[0] else word[0], text)


def _clean_uri(text: str) -> str:
    """Replace `scheme://user:THIS@host`, up to the last @: drivers accept a password with an unescaped @ or slash.

    After a web scheme `host:8080/path?mail=a@b` is far more usual than such a password, so there the @ has to come
    before the path, unless what stands before the path is no port.
    """
    kept: list[str] = []
    done = 0
    last = text.rfind("@")
    for scheme in _AFTER_SCHEME.finditer(text):
        user = _USER.match(text, scheme.end()) if scheme.start() >= done else None
        if user is None:
            continue
        start, end = user.end(), last
        if _WEB.search(text, max(0, scheme.start() - 6), scheme.start()):
            authority = _AUTHORITY.match(text, start)
            stop = authority.end() if authority else start
            at = text.rfind("@", start, stop)
            end = at if at >= 0 or text[start:stop].isdigit() or stop == len(text) else last
        if end > start and text[start:end] not in _HOLLOW:
            kept += text[done:start], REMOVED
            done = end
    return "".join([*kept, text[done:]])


def _clean_queries(text: str, level: int) -> str:
    """Replace secret parameters of URLs, and look into the others: a whole form or URI may stand there, encoded."""

    def clean(parameter: re.Match[str]) -> str:
        name, value = parameter.groups()
        plain = unquote_plus(name)
        if is_secret_name(plain) or plain.lower() in _SIGNATURES:
            return parameter[0] if unquote_plus(value) in _HOLLOW else f"{name}={REMOVED}"
        if "%" not in value:
            return parameter[0]
        if level > _DEEPEST_TEXT:
            return f"{name}={REMOVED}"
        decoded = unquote(value, errors="surrogateescape")
        cleaned = _clean_text(decoded, level + 1)
        return parameter[0] if cleaned is decoded else f"{name}={quote(cleaned, safe='', errors='surrogateescape')}"

    return _QUERY.sub(clean, text)


def _clean_headers(text: str, _level: int) -> str:
    for rule in (_HEADER, _BEARER):
        text = rule.sub(lambda found: found[0] if found[2] in _HOLLOW else found[1] + REMOVED, text)
    return text


def _clean_assignments(text: str, _level: int) -> str:
    """Replace values after a name or SQL words: `password = '...'`, `"password": "..."`, `IDENTIFIED BY '...'`."""
    kept: list[str] = []
    done = at = 0
    while lead := _LEAD.search(text, at):
        at = lead.end()
        name = lead["name"]
        if name is not None and not is_secret_name(name):
            continue
        value = _VALUE.match(text, at)
        if value is None:
            continue
        part = next(key for key in ("single", "double", "escaped", "group", "bare") if value[key] is not None)
        at = value.end()
        if value[part] in _HOLLOW or (part == "bare" and _is_no_value(lead, value[part])):
            continue
        kept += text[done : value.start(part)], REMOVED
        done = value.end(part)
    return "".join([*kept, text[done:]])


def _is_no_value(lead: re.Match[str], bare: str) -> bool:
    """Tell NULL, prose ("Token: a story") and a column compared with its namesake (`a.token = b.token`) from values."""
    if bare.lower() in _NO_VALUES:
        return True
    if lead["operator"] == ":" and lead["gap"] and _plain_name(lead["name"]) in _PROSE:
        return True
    table, dot, column = bare.rstrip("),").rpartition(".")
    return bool(dot) and table.isidentifier() and lead["name"] is not None and column == lead["name"].rpartition(".")[2]


_RULES: tuple[Callable[[str, int], str], ...] = (
    _clean_keys_in_pem,
    _clean_uris,
    _clean_queries,
    _clean_headers,
    _clean_assignments,
)
