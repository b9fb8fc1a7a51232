"""The line of every key, in every corner of TOML."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditctl.settings.positions import key_lines


def test_lines_are_right_in_every_corner_of_toml() -> None:
    text = '''\
# [not.a.table]
top = """
[not.a.table]
key = 'x' """"" # two quotes of its own
literal = \'\'\'
"""
\'\'\'
"quoted.key" . 'other' = "a \\" # b"
when = 1979-05-27 07:32:00Z # a space inside
[ table . sub ] # comment
inline = { a = 1, b = { "c d" = [ "]", { e = 2 } ] } }
array = [
  1, # one, [two]
  [ 2,
    3 ],

  "four", ]
[[many]]
first = 1
[[many]]
second = \'\'\'x\'\'\'\'\'
[[many.inner]]
third = 3
[many . last]
fourth = 4
[table]
late.key=+1e5
'''
    assert key_lines(text) == {
        ("top",): 2,
        ("literal",): 5,
        ("quoted.key",): 8,
        ("quoted.key", "other"): 8,
        ("when",): 9,
        ("table",): 10,
        ("table", "sub"): 10,
        ("table", "sub", "inline"): 11,
        ("table", "sub", "inline", "a"): 11,
        ("table", "sub", "inline", "b"): 11,
        ("table", "sub", "inline", "b", "c d"): 11,
        ("table", "sub", "inline", "b", "c d", 0): 11,
        ("table", "sub", "inline", "b", "c d", 1): 11,
        ("table", "sub", "inline", "b", "c d", 1, "e"): 11,
        ("table", "sub", "array"): 12,
        ("table", "sub", "array", 0): 13,
        ("table", "sub", "array", 1): 14,
        ("table", "sub", "array", 1, 0): 14,
        ("table", "sub", "array", 1, 1): 15,
        ("table", "sub", "array", 2): 17,
        ("many",): 18,
        ("many", 0): 18,
        ("many", 0, "first"): 19,
        ("many", 1): 20,
        ("many", 1, "second"): 21,
        ("many", 1, "inner"): 22,
        ("many", 1, "inner", 0): 22,
        ("many", 1, "inner", 0, "third"): 23,
        ("many", 1, "last"): 24,
        ("many", 1, "last", "fourth"): 25,
        ("table", "late"): 27,
        ("table", "late", "key"): 27,
    }


VALUES = st.sampled_from(
    [
        "1",
        "-inf",
        "true",
        "07:32:00",
        '"a # b"',
        r'"\"["',
        "'['",
        '"""\n[x]\n"""',
        '"""\\\n  \\""""',
        "'''\n'''''",
        "[ # ]\n 1,\n]",
        "[[],\n{ k = ']' }]",
        "{}",
    ]
)


@given(values=st.lists(st.tuples(VALUES, st.sampled_from(["", " # [c]", "\n\n", "\r\n# '"])), max_size=8))
def test_the_line_of_a_key_is_where_it_was_written(values: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for number, (value, after) in enumerate(values):
        expected[f"key{number}"] = text.count("\n") + 1
        text += f"key{number} = {value}{after}\n"
    lines = key_lines(text)
    assert {path[0]: line for path, line in lines.items() if len(path) == 1} == expected
