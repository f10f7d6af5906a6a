"""`voice-agent settings`: how you like to practise, in lines."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(
    help="How you like to practise: show, set, reset. The same as the settings screen.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show every setting and its value."""
    import msgspec

    from voice_agent.catalog.preferences import load_preferences, preferences_file

    found = load_preferences()
    values = {field.encode_name: getattr(found, field.name) for field in msgspec.structs.fields(type(found))}
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(values), indent=2))
        return
    for key, value in values.items():
        shown = {True: "yes", False: "no", None: "", "": "as it comes"}.get(value, value) or "as it comes"
        typer.echo(f"{key}: {shown if not hasattr(value, 'value') else value.value}")
    typer.echo(f"Kept in {preferences_file()}.")


@app.command("set", context_settings={"ignore_unknown_options": True})  # -1 is a value
def set_one(
    key: Annotated[str, typer.Argument(help="A setting, as `settings show` names it.")],
    value: Annotated[str, typer.Argument(help='Its value; "" for as it comes.')],
) -> None:
    """Change one setting: voice-agent settings set hands_free yes"""
    from voice_agent.catalog.preferences import load_preferences, save_preferences, with_value

    save_preferences(with_value(load_preferences(), key, value))
    typer.echo(f"{key}: {value or 'as it comes'}")


@app.command("reset")
def reset() -> None:
    """Forget all settings."""
    from voice_agent.catalog.preferences import preferences_file

    preferences_file().unlink(missing_ok=True)
    typer.echo("All settings are as at the start.")
