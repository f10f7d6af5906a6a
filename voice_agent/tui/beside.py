"""How talk and panel stand together: beside each other, in turns on a narrow screen, in the middle of a wide one."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

BESIDE_COLUMNS = 100
"""From this width on the panel stands beside the talk; narrower, it takes its place when asked for."""
WIDE_COLUMNS = 160
"""From this width on lines keep a length that can be read, and talk and panel stand together in the middle."""

_CSS = """
    SCREEN #middle { height: 1fr; }
    SCREEN Transcript { width: 3fr; padding: 1 1 0 1; }
    SCREEN.narrow Transcript { padding: 0 1; }
    SCREEN CoachPanel { width: 2fr; min-width: 40; }
    SCREEN.wide #middle { align-horizontal: center; }
    SCREEN.wide Transcript { max-width: 100; }
    SCREEN.wide CoachPanel { max-width: 66; background: $background; border-left: tall $panel; }
    SCREEN.narrow CoachPanel { display: none; width: 1fr; }
    SCREEN.narrow.panel CoachPanel { display: block; }
    SCREEN.narrow.panel Transcript { display: none; }
    SCREEN.closed CoachPanel { display: none; }
"""


def beside_css(screen: str) -> str:
    """Rules for a screen of this class whose `#middle` holds a Transcript and a CoachPanel."""
    return _CSS.replace("SCREEN", screen)


def fit(screen: Screen[Any], columns: int) -> None:
    """Choose among them; `panel` and `closed` are classes that the screen sets itself."""
    screen.set_class(columns < BESIDE_COLUMNS, "narrow")
    screen.set_class(columns >= WIDE_COLUMNS, "wide")
