"""Plain options give and refuse exactly what typer's own validators do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer._click.exceptions import ClickException
from typer.main import get_command

from auditctl.cli.plain import plain


class Word(StrEnum):
    YES = "yes"
    NO = "no"


def _number(text: str | int) -> int:
    return int(str(text), 16)


def _command(seen: list[dict[str, Any]]) -> Any:
    app = typer.Typer(rich_markup_mode=None, add_completion=False)

    @app.command()
    def one(
        text: str | None = None,
        path: Annotated[Path | None, typer.Option()] = None,
        word: Word = Word.YES,
        number: int = 1,
        hexadecimal: Annotated[int, typer.Option(parser=_number)] = 1,
        flag: Annotated[bool, typer.Option("--flag")] = False,
        many: list[str] | None = None,
    ) -> None:
        seen.append(locals())

    return get_command(app)


def _outcome(arguments: list[str], *, made_plain: bool) -> object:
    seen: list[dict[str, Any]] = []
    command = _command(seen)
    if made_plain:
        with typer.Context(command) as ctx:
            plain(command.get_params(ctx))
    try:
        command.main(arguments, standalone_mode=False)
    except ClickException as error:
        return type(error), error.format_message()
    (values,) = seen
    return {name: (type(value), value) for name, value in values.items() if name != "seen"}


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "--text plain --path some/file --word no --number 7 --hexadecimal ff --flag",
        "--text über --path über",
        "--text \udcff",
        "--path \udcff",
        "--word maybe",
        "--word YES",
        "--number seven",
        "--hexadecimal xyz",
        "--many a --many b",
        "--text",
    ],
)
def test_a_plain_option_takes_and_refuses_what_a_validated_one_does(arguments: str) -> None:
    given = arguments.split(" ") if arguments else []
    assert _outcome(given, made_plain=True) == _outcome(given, made_plain=False)
