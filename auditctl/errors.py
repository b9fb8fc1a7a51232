"""Errors that explain themselves, and the one mapping from an error to an exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says to its caller; the table is in the README."""

    COMPLETE = 0
    FLAGGED = 1
    USAGE = 2
    SOURCE = 3
    NOT_EVIDENCED = 4
    INTEGRITY = 5
    OUTPUT = 6
    POLICY = 7
    INTERNAL = 70
    HANGUP = 129
    INTERRUPT = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


_WORST_FIRST = (
    ExitCode.HANGUP,
    ExitCode.INTERRUPT,
    ExitCode.TERMINATED,
    ExitCode.CLOSED_PIPE,
    ExitCode.INTERNAL,
    ExitCode.INTEGRITY,
    ExitCode.POLICY,
    ExitCode.OUTPUT,
    ExitCode.SOURCE,
    ExitCode.USAGE,
    ExitCode.NOT_EVIDENCED,
    ExitCode.FLAGGED,
    ExitCode.COMPLETE,
)


def worst(codes: Sequence[ExitCode]) -> ExitCode:
    """Return the code that outranks the others; COMPLETE when there are none."""
    return min(codes, key=_WORST_FIRST.index, default=ExitCode.COMPLETE)


class AuditctlError(Exception):
    """A failure that a user can act on: what happened and where, and what to do."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        """Let an error go from one process to another whatever its class is made from."""
        return _again, (type(self), self.args, self.__dict__)

    def diagnostics(self) -> list[str]:
        """Return the lines for stderr, one per problem, without any secret."""
        return [f"{self.message}. {self.hint}".rstrip() if self.hint else self.message]


def _again(kind: type[AuditctlError], arguments: tuple[object, ...], state: Mapping[str, object]) -> AuditctlError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class UsageError(AuditctlError):
    """The command line, the period or the settings cannot be meant like this."""

    exit_code = ExitCode.USAGE


class ProblemsError(UsageError):
    """Several problems in files that a person wrote, each with its `path:line`."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0] if problems else "unknown problem")
        self.problems = tuple(problems)

    def diagnostics(self) -> list[str]:
        """Return one line per problem: a person mends all of them in one go."""
        return list(self.problems)


class SettingsError(ProblemsError):
    """auditctl.toml or the environment cannot be used."""


class CatalogueError(ProblemsError):
    """A query, control, capability or action file is wrong."""


class InputFileError(ProblemsError):
    """A file that the user gave (leavers, approved administrators, sign-in log) is wrong."""


class SourceError(AuditctlError):
    """The source is missing, unreachable, denied, or not a Superset."""

    exit_code = ExitCode.SOURCE
    transient = False
    """Whether the same may succeed in a moment, at another read point: a connection was lost, or was not taken."""


class PolicyError(AuditctlError):
    """The role may modify the log that it audits, and that was forbidden."""

    exit_code = ExitCode.POLICY


class IntegrityError(AuditctlError):
    """A pack is not what its manifest says, or its parts do not fit each other."""

    exit_code = ExitCode.INTEGRITY


class OutputError(AuditctlError):
    """The output could not be written; nothing was published."""

    exit_code = ExitCode.OUTPUT


def exit_code_for(error: BaseException) -> ExitCode:
    """Return the exit code of an error; anything that is not ours is an internal error."""
    if isinstance(error, AuditctlError):
        return error.exit_code
    return ExitCode.INTERNAL
