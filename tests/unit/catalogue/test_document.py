from __future__ import annotations

import tomllib
from pathlib import Path

from auditctl.catalogue.document import Document, Table, parse_document
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


def test_a_key_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    document = Document(Path("x.toml"), tomllib.loads(HARD), HARD, before=10)
    assert document.line("a", "d", "missing") == 24
    assert document.line("missing") == 11


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
