from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from auditctl.catalogue.document import Document, Table, key_lines, parse_document
from auditctl.catalogue.problems import Problems

HARD = '''# a remark
title = "a [b] = c"

[a]
text = """
[not.a.table]
not_a_key = 1
"""
list = [
  1,  # = 2
  2,
]
b.c = 3
[a.d]
inline = { x = 1, y = { z = 2 } }
[[rows]]
n = 1
[[rows]]
n = 2
[[rows.inner]]
m = 3
[rows.last]
"quoted.key" = 4
'''


def test_lines_are_those_of_the_keys_and_not_of_texts_that_look_like_keys() -> None:
    assert key_lines(HARD) == {
        ("title",): 2,
        ("a",): 4,
        ("a", "text"): 5,
        ("a", "list"): 9,
        ("a", "b"): 13,
        ("a", "b", "c"): 13,
        ("a", "d"): 14,
        ("a", "d", "inline"): 15,
        ("a", "d", "inline", "x"): 15,
        ("a", "d", "inline", "y"): 15,
        ("a", "d", "inline", "y", "z"): 15,
        ("rows",): 16,
        ("rows", 0): 16,
        ("rows", 0, "n"): 17,
        ("rows", 1): 18,
        ("rows", 1, "n"): 19,
        ("rows", 1, "inner"): 20,
        ("rows", 1, "inner", 0): 20,
        ("rows", 1, "inner", 0, "m"): 21,
        ("rows", 1, "last"): 22,
        ("rows", 1, "last", "quoted.key"): 23,
    }


def test_a_key_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    document = Document(Path("x.toml"), tomllib.loads(HARD), HARD, before=10)
    assert document.line("a", "d", "missing") == 24
    assert document.line("missing") == 11


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('"\\[]={}#,'), max_size=12)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.dictionaries(texts, st.dictionaries(texts, texts, min_size=1, max_size=3), max_size=4))
def test_every_key_of_any_document_is_found_on_its_own_line(tables: dict[str, dict[str, str]]) -> None:
    lines = []
    expected: dict[tuple[str | int, ...], int] = {}
    for name, values in tables.items():
        lines.append(f"[{quoted(name)}]")
        expected[(name,)] = len(lines)
        for key, value in values.items():
            lines += [f"{quoted(key)} = [", f"  {quoted(value)},", "]"]
            expected[(name, key)] = len(lines) - 2
    assert key_lines("\n".join(lines)) == expected


def test_broken_toml_is_noted_on_its_line_of_the_file() -> None:
    problems = Problems()
    assert parse_document(Path("/x.toml"), "a = 1\nb = \n", problems, before=5) is None
    assert problems.lines() == ["/x.toml:7: not TOML: Invalid value; mend the syntax"]


def test_wrong_types_are_named_one_by_one() -> None:
    text = 'a = 1\nb = "x"\nc = "yes"\nd = ["x", 1]\ne = 0\nf = " "\ng = ["x", "x"]\nh = 2\n'
    problems = Problems()
    table = Table(Document(Path("/x.toml"), tomllib.loads(text), text), problems)
    table.text("a")
    table.integer("b")
    table.boolean("c")
    table.texts("d")
    table.integer("e")
    table.text("f")
    table.texts("g")
    table.table("h")
    assert problems.lines() == [
        "/x.toml:1: 'a' must be text; write it in quotes",
        "/x.toml:2: 'b' must be a whole number from 1",
        "/x.toml:3: 'c' must be true or false",
        "/x.toml:4: 'd' must be a list of texts; write [\"...\"]",
        "/x.toml:5: 'e' must be a whole number from 1",
        "/x.toml:6: 'f' is empty; fill it in or leave it out",
        "/x.toml:7: 'g' names 'x' twice; keep one",
        "/x.toml:8: 'h' must be a table; write [h]",
    ]
