"""Themes that can be read."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.style import Style
from textual.theme import Theme
from textual.visual import RenderOptions

from tests.scenes import situation
from tests.tui.test_snapshots import BLAME, Home, talk_at
from voice_agent.commands import Retake, Say
from voice_agent.events import AdviceGiven, TalkState, TurnWithdrawn
from voice_agent.settings import Settings
from voice_agent.tui.head_line import head_line
from voice_agent.tui.home import HomeApp
from voice_agent.tui.row import Row
from voice_agent.tui.themes import THEMES, contrast


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("colour", ["foreground", "primary", "secondary", "accent", "success", "warning", "error"])
@pytest.mark.parametrize("ground", ["background", "surface", "panel"])
def test_text_can_be_read_on_every_ground(theme: Theme, colour: str, ground: str) -> None:
    assert contrast(str(getattr(theme, colour)), str(getattr(theme, ground))) >= 4.5


def unreadable(pilot: Pilot[Any]) -> list[str]:
    """Texts on the screen, as they are drawn, that stand less than 4.5 to 1 against what is behind them."""
    found = []
    for strip in pilot.app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None or not any(map(str.isalnum, text)):
                continue
            front, back = (one.get_truecolor().hex for one in (style.color, style.bgcolor))
            if contrast(front, back) < 4.5:
                found.append(f"{text.strip()!r} {front} on {back}")
    return found


def test_a_long_title_gives_way_to_the_settings_in_one_line() -> None:
    long = situation(**{"Dishes in the sink": "Der Freund, der immer im letzten Moment absagt \u4f60\u597d"})
    for columns in (60, 80, 200):
        line = head_line(long, "flow, patience normal, difficulty 2 of 5", columns)
        assert line.cell_length <= columns - 2
        assert line.plain.endswith("flow, patience normal, difficulty 2 of 5")
    assert "with Sam, your roommate" in line.plain


def test_a_row_of_a_list_is_one_line_with_its_word_whole() -> None:
    wide = "\u4f60\u597d" * 30
    for name in ("Bins", wide, "e\u0301" * 60):
        row = Row(name, "2 of 5")
        [strip] = row.render_strips(38, None, Style(), RenderOptions(lambda _: Style(), {}))
        assert strip.cell_length == 38
        assert strip.text.endswith("  2 of 5")
        assert row.get_height({}, 38) == 1


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
async def test_what_is_drawn_can_be_read(theme: Theme) -> None:
    async with HomeApp(Home()).run_test(size=(80, 24)) as pilot:  # type: ignore[arg-type]
        pilot.app.theme = theme.name
        for keys in ((), ("f8",), ("down",)):
            await pilot.press(*keys)
            await pilot.pause()
            assert unreadable(pilot) == []
    async with talk_at((120, 40), Settings(check_ins=False, difficulty=2)) as (talk, pilot):
        pilot.app.theme = theme.name
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text=BLAME))
        await talk.until_event(AdviceGiven)
        await talk.until_state(TalkState.LISTENING, 2)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        await pilot.pause()
        assert unreadable(pilot) == []
