"""The side panel: seven skills, one suggestion, the next skill, delivery, feelings."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from voice_agent.dearman import Skill
from voice_agent.tui.view import CoachView, feelings_lines, level_line, stance_line

_MOST_OF_A_DRAFT = 150
"""Characters: two lines of a narrow terminal."""


class CoachPanel(VerticalScroll):
    """Renders a `CoachView`. Never takes the focus."""

    can_focus = False
    DEFAULT_CSS = """
    CoachPanel { padding: 0 1; background: $surface; }
    CoachPanel .title { color: $primary; text-style: bold; margin-top: 1; }
    CoachPanel #skills { height: auto; }
    CoachPanel Static { height: auto; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.shows_words = True
        self.shows_stance = True
        self.takes_keys = True
        """Whether keys that are told do something: not in a replay."""

    def compose(self) -> ComposeResult:
        yield Static(classes="title", id="turn-title")
        yield Static(id="skills")
        yield Static(Content("Coach"), classes="title")
        yield Static(id="advice")
        yield Static(id="voice")
        yield Static(Content("Your plan"), classes="title", id="plan-title")
        yield Static(id="plan")
        yield Static(Content("Feelings"), classes="title", id="feelings-title")
        yield Static(id="feelings")
        yield Static(Content("Partner"), classes="title", id="stance-title")
        yield Static(id="stance")

    def show(self, view: CoachView) -> None:
        """Draw it anew. All of it is data: nothing is read as markup."""
        self._set("turn-title", Content(f"Not sent yet: {_cut(view.said)}" if view.is_draft else "Your last turn"))
        self._set("skills", self._skills(view))
        self._set("advice", self._advice(view))
        self._set("voice", Content("\n".join(f"Voice: {note}" for note in view.notes)))
        self._set("plan", plan_content(view))
        self.query_one("#plan-title").display = bool(view.plan)
        feelings = feelings_lines(view)
        self._set("feelings", Content("\n".join(feelings)))
        self.query_one("#feelings-title").display = bool(feelings)
        stance = stance_line(view.stance) if self.shows_stance else ""
        self._set("stance", Content(stance))
        self.query_one("#stance-title").display = bool(stance)

    def _set(self, name: str, content: Content) -> None:
        shown = self.query_one(f"#{name}", Static)
        shown.update(content)
        shown.display = bool(content.plain)

    def _skills(self, view: CoachView) -> Content:
        lines = []
        for skill in Skill:
            bar, word, change = level_line(skill, view.reading, view.before)
            meant = " (meant)" if view.intent is not None and view.intent.skill is skill else ""
            style = {"strong": "$success", "weak": "$warning"}.get(word, "$foreground")
            lines.append(
                Content.assemble(
                    (f"{skill.letter} ", "bold"),
                    f"{skill.full_name:<17}",
                    (f"{bar} ", style),
                    f"{word:<7}",
                    (f"{change}{meant}", "italic"),
                )
            )
        return Content("\n").join(lines)

    def _advice(self, view: CoachView) -> Content:
        parts: list[Content] = [Content.assemble(("Whispered: ", "bold"), one) for one in view.whispers]
        if view.next_move is not None:
            parts.append(Content(f"The partner will do next: {view.next_move.value.replace('_', ' ')}."))
        if view.declared is not None:
            parts.append(Content.assemble("Next turn means to use ", (view.declared.full_name, "bold"), "."))
        if view.intent is not None:
            parts.append(Content(view.intent.told))
        if view.advice is not None and self.shows_words:
            parts.append(Content.assemble((f"{view.advice.skill.full_name}: ", "bold"), view.advice.reason))
            if view.advice.words:
                parts.append(Content.assemble("You could say:\n", (view.advice.words, "$accent")))
        elif view.advice is not None:
            parts.append(Content("A suggestion is ready (w shows it)."))
        if view.reading is not None:
            key = " (n declares it)" if self.takes_keys else ""
            parts.append(Content(f"Would help next: {view.reading.next_skill.full_name}{key}"))
        return Content("\n").join(parts) if parts else Content("It speaks after your first turn.")


def _cut(words: str) -> str:
    """As much of a turn as leaves room for its ratings."""
    return words if len(words) <= _MOST_OF_A_DRAFT else f"{words[:_MOST_OF_A_DRAFT]} ..."


def plan_content(view: CoachView) -> Content:
    """The notes by their letters, with the level of each in words."""
    lines = []
    for skill, note in view.plan.items():
        level = view.plan_levels.get(skill)
        lines.append(
            Content.assemble((f"{skill.letter} ", "bold"), note, f" ({level.word})" if level is not None else "")
        )
    return Content("\n").join(lines)
