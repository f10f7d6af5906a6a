"""A line of a list: its name on the left, a word about it on the right. It never wraps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.visual import Visual

if TYPE_CHECKING:
    from textual.css.styles import RulesMap
    from textual.strip import Strip
    from textual.style import Style
    from textual.visual import RenderOptions

GAP = 2


class Row(Visual):
    """Names that are too long end in an ellipsis; the word on the right stays whole."""

    def __init__(self, name: str, word: str = "") -> None:
        """Both are data: nothing in them is markup."""
        self._name, self._word = Content(name), Content(word)

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        room = width - self._word.cell_length - (GAP if self._word else 0)
        name = self._name.truncate(max(room, 0), ellipsis=True, pad=True)
        line = Content.assemble(name, " " * GAP, self._word) if self._word else name
        return line.render_strips(width, 1, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return self._name.cell_length + GAP + self._word.cell_length

    def get_height(self, rules: RulesMap, width: int) -> int:
        return 1
