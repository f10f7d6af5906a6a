"""Commands whose modules are loaded when they are asked for: a start pays for the one that runs, not for all."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_group

if TYPE_CHECKING:
    from typer._click import Command, Context


class CommandsOnDemand(TyperGroup):
    """A group whose commands are named by the place of their function, or of the Typer that holds more of them."""

    places: ClassVar[Mapping[str, str]] = {}
    """`module:name` in this package by command, in the order in which help lists them."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        if cmd_name not in self.places:
            self.commands = {name: _loaded(name, place) for name, place in self.places.items()}  # to name a near one
        elif cmd_name not in self.commands:
            self.commands[cmd_name] = _loaded(cmd_name, self.places[cmd_name])
        return self.commands.get(cmd_name)


def _loaded(name: str, place: str) -> Command:
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"{__package__}.{module}"), attribute)
    holder = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name=name)(found)
    return get_group(holder).commands[name]
