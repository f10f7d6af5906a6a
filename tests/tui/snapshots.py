"""Pictures of screens, compared with the ones that were looked at and kept.

`VOICE_AGENT_KEEP_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py` keeps the pictures as they are now; look at them before
they are committed: `gunzip -c tests/tui/snapshots/NAME.svgz > NAME.svg`.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.theme import Theme
from textual.widgets import Input

from voice_agent.tui.themes import THEMES

FOLDER = Path(__file__).parent / "snapshots"
KEEPS = bool(os.environ.get("VOICE_AGENT_KEEP_SNAPSHOTS"))
"""Read here: each test begins without our variables."""


async def compare(pilot: Pilot[Any], name: str, themes: Sequence[Theme] = THEMES) -> list[str]:
    """The screen in each theme against its kept picture; the names of those that differ."""
    app, differing = pilot.app, []
    for line in app.screen.query(Input):
        line.cursor_blink = False
    for theme in themes:
        app.theme = theme.name
        await pilot.pause()
        await pilot.pause()
        picture = _plain(app.export_screenshot(title="voice_agent", simplify=True))
        path = FOLDER / f"{name}-{app.size.width}x{app.size.height}-{theme.name}.svgz"
        if KEEPS:
            FOLDER.mkdir(exist_ok=True)
            # Without a time in it, the same picture is the same file.
            path.write_bytes(gzip.compress(picture.encode(), mtime=0))
        elif not path.exists() or gzip.decompress(path.read_bytes()).decode() != picture:
            seen = Path("/tmp") if not (home := os.environ.get("VOICE_AGENT_HOME")) else Path(home)
            (seen / f"{path.stem}.svg").parent.mkdir(parents=True, exist_ok=True)
            (seen / f"{path.stem}.svg").write_text(picture)
            differing.append(f"{path.stem}: now {seen / path.stem}.svg")
    return differing


def _plain(svg: str) -> str:
    """Without the fonts' addresses, which say nothing about the screen, and without the version's comment."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+", "terminal", svg)
