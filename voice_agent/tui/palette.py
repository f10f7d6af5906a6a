"""The command palette: whatever has a key on the screen can also be found by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider

from voice_agent.tui.key_bar import key_name, keys_of


class KeyCommands(Provider):
    """The keys of the screen under the palette, and those of the app."""

    async def discover(self) -> Hits:
        async for name, run, key in self._commands():
            yield DiscoveryHit(name, run, help=f"Key: {key}")

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        async for name, run, key in self._commands():
            if (score := matcher.match(name)) > 0:
                yield Hit(score, matcher.highlight(name), run, help=f"Key: {key}")

    async def _commands(self) -> AsyncIterator[tuple[str, Callable[[], Any], str]]:
        own = [(self.screen, binding) for binding in keys_of(self.screen)]
        shared = [(self.app, binding) for binding in self.app.BINDINGS if isinstance(binding, Binding)]
        named = {binding.description for _, binding in own}
        for node, binding in [*own, *(one for one in shared if one[1].description not in named)]:
            if binding.description:
                run = partial(self.app.run_action, binding.action, default_namespace=node)
                yield binding.tooltip or binding.description, run, key_name(binding.key)
