"""`voice-agent`: the commands, and the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from voice_agent.cli import (
    around,
    bank,
    bench,
    demo,
    devices,
    diary,
    doctor,
    evaluate,
    pipelines,
    practice,
    preferences,
    profile,
    progress,
    rate,
    scenarios,
    sessions,
    setup,
    simulate,
    sound_check,
    study,
    voices,
)
from voice_agent.errors import EngineError, UserError

OK, FAILED, USER_INPUT = 0, 1, 2

app = typer.Typer(
    name="voice-agent",
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
app.command(name="practice")(practice.practice)
app.command(name="prepare")(around.prepare)
app.command(name="after")(around.after)
app.command(name="demo")(demo.demo)
app.command(name="devices")(devices.devices)
app.command(name="sound-check")(sound_check.sound_check)
app.command(name="doctor")(doctor.doctor)
app.command(name="setup")(setup.setup)
app.command(name="progress")(progress.progress)
app.command(name="rate")(rate.rate)
app.command(name="eval")(evaluate.evaluate)
app.command(name="simulate")(simulate.simulate)
app.add_typer(scenarios.app, name="scenarios")
app.add_typer(voices.app, name="voices")
app.add_typer(pipelines.app, name="pipelines")
app.add_typer(sessions.app, name="sessions")
app.add_typer(diary.app, name="diary")
app.add_typer(bank.app, name="bank")
app.add_typer(study.app, name="study")
app.add_typer(profile.app, name="profile")
app.add_typer(bench.app, name="bench")
app.add_typer(preferences.app, name="settings")


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
        raise typer.Exit(practice.choose_and_practice())


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
