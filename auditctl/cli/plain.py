"""Options whose values are taken as they are, where they are already what the option wants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from typer._coercion import (  # typer has no public way to take a value unvalidated
    RuntimeParam,
    TypeDescriptor,
    build_runtime_param,
)
from typer._param_types import coerce_cli_path

P = TypeVar("P")


def plain(parameters: list[P]) -> list[P]:
    """Return the parameters of a command, without typer's validators wherever these would change nothing.

    A validator of typer imports pydantic, which takes longer than all else that a command starts with, and typer makes
    one for each option, given or not.
    """
    for parameter in parameters:
        kind = getattr(parameter, "type_descriptor", None)
        if isinstance(kind, TypeDescriptor):
            parameter._runtime_param = _Plain(kind.parameter_info, kind.annotation, kind)  # type: ignore[attr-defined]
    return parameters


def plain_command(command: Any, ctx: Any) -> Any:
    """Return a command, or a group with all its commands, whose parameters are plain."""
    plain(command.get_params(ctx))
    for within in getattr(command, "commands", {}).values():
        plain_command(within, ctx)
    return command


@dataclass(frozen=True, eq=False, repr=False)
class _Plain(RuntimeParam):
    """Takes text as text, a path as a path and a choice as a choice; typer's validator takes whatever else was given.

    Beyond ASCII may be no text at all: the validator refuses it in its own words.
    """

    kind: TypeDescriptor

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        if self.parameter_info.parser is None:
            if isinstance(value, Enum) and type(value) is self.annotation:
                return value
            if isinstance(value, str) and value.isascii():
                if self.annotation is str:
                    return value
                if self.annotation is Path:
                    coerce_cli_path(value, self.parameter_info, path_type=str, param=param, ctx=ctx)  # may refuse it
                    return Path(value)
        return build_runtime_param(self.kind).coerce(value, param=param, ctx=ctx)
