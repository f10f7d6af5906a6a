"""The panel at a glance, in the one line that a narrow screen has for it while the talk is shown."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from voice_agent.dearman import Level, Skill
from voice_agent.tui.view import CoachView


class Glance(Static):
    """Empty, it takes no line."""

    DEFAULT_CSS = "Glance { height: auto; max-height: 1; padding: 0 1; background: $surface; color: $foreground; }"

    def show(self, view: CoachView) -> None:
        self.update(glance_line(view))


def glance_line(view: CoachView) -> Content:
    """What a coach at the table whispered last; else the last turn's letters by level, and what would help next."""
    if view.whispers:
        return Content.assemble(("Whispered: ", "bold"), view.whispers[-1])
    reading = view.reading
    if reading is None:
        return Content()
    parts: list[Content] = []
    for level, colour in ((Level.STRONG, "$success"), (Level.WEAK, "$warning")):
        letters = " ".join(skill.letter for skill in Skill if reading.ratings.level(skill) is level)
        if letters:
            parts.append(Content.assemble((letters, "bold"), (f" {level.word}", colour)))
    what = "Not sent yet" if view.is_draft else "Your last turn"
    rated = Content(", ").join(parts) if parts else Content("no skill seen")
    return Content.assemble(f"{what}: ", rated, f"   next: {reading.next_skill.full_name}   f shows all of it")
