"""`voice-agent`: the commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Annotated, ClassVar

import typer

from voice_agent.cli.on_demand import CommandsOnDemand
from voice_agent.errors import EngineError, UserError

OK, FAILED, USER_INPUT = 0, 1, 2


class _Commands(CommandsOnDemand):
    places: ClassVar[Mapping[str, str]] = {
        "practice": "practice:practice",
        "prepare": "around:prepare",
        "after": "around:after",
        "demo": "demo:demo",
        "devices": "devices:devices",
        "sound-check": "sound_check:sound_check",
        "doctor": "doctor:doctor",
        "setup": "setup:setup",
        "progress": "progress:progress",
        "rate": "rate:rate",
        "eval": "evaluate:evaluate",
        "simulate": "simulate:simulate",
        "scenarios": "scenarios:app",
        "voices": "voices:app",
        "pipelines": "pipelines:app",
        "sessions": "sessions:app",
        "diary": "diary:app",
        "bank": "bank:app",
        "study": "study:app",
        "profile": "profile:app",
        "bench": "bench:app",
        "settings": "preferences:app",
    }


app = typer.Typer(
    name="voice-agent",
    cls=_Commands,
    help="""Rehearse a hard conversation out loud.

    A simulated partner answers in a voice and in character; every turn is rated on the seven DBT DEAR MAN
    skills. Everything runs on this machine. A practice tool, not therapy.

    Start with:  voice-agent practice   or   voice-agent demo
    """,
    rich_markup_mode=None,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from voice_agent.version import version

        typer.echo(f"voice-agent {version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when the program itself fails.")] = False,
) -> None:
    """Without a command: choose a situation and practise it."""
    context.obj = {"debug": debug}
    if context.invoked_subcommand is None:
        from voice_agent.cli.practice import choose_and_practice

        raise typer.Exit(choose_and_practice())


def run() -> None:
    """The console script."""
    debug = "--debug" in sys.argv
    try:
        code = app(standalone_mode=False, prog_name="voice-agent")
        code = code if isinstance(code, int) else OK
    except UserError as error:
        code = _told(str(error), USER_INPUT)
    except EngineError as error:
        code = _told(str(error), FAILED)
    except typer.Exit as error:
        code = error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = _told("stopped", 130)
    except BrokenPipeError:
        # The reader of our output has gone; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    except OSError as error:
        if debug:
            raise
        code = _told(f"{error.filename or 'system'}: {error.strerror or error}", FAILED)
    except Exception as error:
        if _is_usage(error):
            code = _told(_usage(error), USER_INPUT)
        elif debug:
            raise
        else:
            code = _told(f"voice-agent failed: {type(error).__name__}: {error}; run it with --debug", FAILED)
    sys.exit(code)


def _is_usage(error: Exception) -> bool:
    # Typer carries its own copy of click's errors; what they share is this method.
    return hasattr(error, "format_message")


def _usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "voice-agent"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    return f"{where}: {' '.join(message.split()).rstrip('.')}; see {where} --help"


def _told(message: str, code: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)  # noqa: T201
    return code
