"""The command line: global options, the fixed commands, and one place that turns errors into exit codes."""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from typer._click.exceptions import (  # typer vendors click and exports no base of its usage errors
    ClickException,
    NoArgsIsHelpError,
    NoSuchOption,
)
from typer.main import get_command

from auditctl import __version__
from auditctl.cli.context import Context
from auditctl.cli.lazy import LazyGroup
from auditctl.cli.talk import complain, give_up_stdout, say
from auditctl.errors import AuditctlError, ExitCode, OutputError, exit_code_for
from auditctl.text import show
from auditctl.workspace import hint_for

app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 complete, 1 flagged rows, 2 usage, 3 source, 4 not evidenced, 5 integrity, 6 output,"
    " 7 policy, 70 internal error.",
)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_received: list[signal.Signals] = []
"""Signals that asked this process to end."""


class _StoppedError(BaseException):
    """Raised by a signal, so that private folders are removed on the way out; a driver may turn it into its own."""


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"auditctl {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    ctx: typer.Context,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings. Default: AUDITCTL_CONFIG, else ./auditctl.toml.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="The source, without a password. Default: AUDITCTL_SOURCE_URL.")
    ] = None,
    url_file: Annotated[Path | None, typer.Option(metavar="FILE", help="A file with the URL of the source.")] = None,
    audit_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The recorder's own database, beside it, without a password.")
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="Read a private copy of a SQLite source.")] = False,
    require_read_only: Annotated[
        bool, typer.Option("--require-read-only", help="End with 7 where the role may modify the log it audits.")
    ] = False,
    now: Annotated[
        str | None, typer.Option(metavar="TIME", help="Take this for the present, such as 2026-11-24T12:00Z.")
    ] = None,
    catalogue: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Your own queries and controls, beside the shipped ones.")
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour (as NO_COLOR does).")] = False,
    version: Annotated[  # answered by its callback, also where no command follows
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Turn the audit trail of Apache Superset into evidence that an external auditor can check."""
    ctx.obj = Context(
        config=config,
        url=url,
        url_file=url_file,
        audit_url=audit_url,
        copy=copy,
        require_read_only=require_read_only,
        now=now,
        catalogue_folder=catalogue,
        color=not no_color and not os.environ.get("NO_COLOR"),
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code; every failure ends here, as one line without a traceback."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold passwords, and rows as they came
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a job in the background
            signal.signal(number, _stop)
    code = _run(arguments)
    if _received:
        say(f"auditctl: stopped by {_received[0].name}")
        return 128 + _received[0]
    return code


def _run(arguments: Sequence[str]) -> int:
    try:
        code = get_command(app).main(list(arguments), prog_name="auditctl", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except _StoppedError:
        return ExitCode.TERMINATED
    except AuditctlError as error:
        if not _received:
            complain(error)
        return exit_code_for(error)
    except NoArgsIsHelpError as error:
        say(error.format_message())
        return ExitCode.USAGE
    except ClickException as error:
        # typer's validator says of a choice that is none what kind of error of its own it is.
        refused = error.format_message().replace(": Value error, ", ": ", 1)
        say(f"auditctl: {_misplaced(error) or refused}")
        return ExitCode.USAGE
    except (BrokenPipeError, SystemExit):  # typer turns a broken pipe into exit 1, which here means flagged rows
        give_up_stdout()
        return ExitCode.CLOSED_PIPE  # as a shell says of a program that SIGPIPE ended, without a word
    except OSError as error:
        return _broken_output(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not read as an audit result
        if not _received:
            _report_internal(error)
        return exit_code_for(error)


def _misplaced(error: ClickException) -> str:
    """Return what to say of a global option behind the command; nothing of other errors."""
    if not isinstance(error, NoSuchOption) or error.ctx is None:
        return ""
    name, command = error.option_name, error.ctx.command_path
    for option in error.ctx.find_root().command.params:
        if name in option.opts:
            given = f"{name} {option.metavar}" if option.metavar else name
            tool, _, rest = command.partition(" ")
            return f"{error.message}. {name} stands before the command: {tool} {given} {rest}"
    return ""


def _stop(number: int, _frame: FrameType | None) -> None:
    _received.append(signal.Signals(number))
    raise _StoppedError


def _broken_output(error: OSError) -> int:
    """Say that stdout cannot be written, or that a file failed of which nobody else said so."""
    reason = (error.strerror or "error").lower()
    if error.filename is None:
        give_up_stdout()
        complain(OutputError(f"cannot write the output: {reason}", hint="Use --output FILE"))
    else:
        complain(OutputError(f"cannot use {show(error.filename)}: {reason}", hint=hint_for(error)))
    return ExitCode.OUTPUT


def _report_internal(error: BaseException) -> None:
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    say(f"auditctl: internal error: {type(error).__name__} at {place}. Please report it with the command you ran")
    if os.environ.get("AUDITCTL_TRACEBACK"):
        traceback.print_exception(error)
