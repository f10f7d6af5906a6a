"""The situations: search, filter, preview, choose; and the doors to everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from voice_agent.dearman import Skill
from voice_agent.errors import UserError
from voice_agent.rehearsal.sound_findings import Found, Step
from voice_agent.scenario import Domain, Scenario
from voice_agent.tui.filter_line import Filter, FilterLine
from voice_agent.tui.key_bar import KeyBar, key_name, keys_of
from voice_agent.tui.pages import TextPage
from voice_agent.tui.row import Row
from voice_agent.tui.settings_screen import Services as SettingsServices
from voice_agent.tui.settings_screen import SettingsScreen
from voice_agent.tui.sound_check_screen import SoundCheckScreen
from voice_agent.tui.wishes import AroundWish, PracticeWish, ResumeWish, SessionSource

if TYPE_CHECKING:
    from voice_agent.review.progress import Progress

_DOORS = {
    "door:own": ("My own situation", "f3"),
    "door:sessions": ("Your rehearsals", "f6"),
    "door:progress": ("Progress", "f7"),
    "door:sound": ("Sound check", "f4"),
    "door:settings": ("Settings", "f5"),
}
"""Names and keys."""
_ABOUT_DOORS = {
    "door:own": "You are asked who it is, what they did and said, what you want and what you fear. You can look at "
    "it, change it and keep it before you begin.",
    "door:sessions": "What each rehearsal came to, the talk again with its ratings, one that is still open to go on "
    "with; and delete, for good.",
    "door:progress": "Skills, situations and confidence over time, and what you could practise next.",
    "door:sound": "Half a minute: the room, the loudspeaker's echo, two sentences read aloud. Nothing is recorded; a "
    "few numbers are remembered on this machine.",
    "door:settings": "Pipeline, voice, patience, difficulty, theme, density, sounds, hands-free, one switch.",
}
DWELL_S = 1.0
"""What is marked for so long is prepared for a talk; moving on costs nothing."""
_PREPARING = "preparing"
"""The group of workers that do it."""
_HINT = "Search: a word of the situation, a person, a skill"
_FILTERS = {
    "Domain": [domain.value for domain in Domain],
    "Skill": [skill.full_name for skill in Skill],
    "Difficulty": ["1", "2", "3", "4", "5"],
    "Practised": ["yes", "no"],
}
_HELP = (
    "Type to search; Tab goes on to the list and to the filters, right and left change a filter.",
    "Enter begins the talk with the marked situation. What you practised last stands first.",
    "",
)


class Services(SettingsServices, Protocol):
    """What the browser asks from outside; see `home.Services`."""

    first_scenarios: Sequence[Scenario]

    def scenarios(self) -> Sequence[Scenario]: ...
    def recent(self) -> Sequence[str]: ...
    async def get_ready(self, scenario: str) -> bool: ...
    def save_scenario(self, scenario: dict[str, Any]) -> str: ...
    def sound_check(self) -> AsyncGenerator[Step | Found, None]: ...
    def sessions(self) -> SessionSource:
        """Blocking. Raises UserError."""
        ...

    def progress(self) -> Progress:
        """Blocking. Raises UserError."""
        ...


class BrowserScreen(Screen[None]):
    """Ends the app with the chosen situation's id, or a wish: from the past, or for before or after the real talk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin"),
        Binding("f1", "help", "Help"),
        Binding("f2", "app.next_theme", "Theme"),
        Binding("f3", "door('door:own')", "Own situation"),
        Binding("f4", "door('door:sound')", "Sound check"),
        Binding("f5", "door('door:settings')", "Settings"),
        Binding("f6", "door('door:sessions')", "Rehearsals"),
        Binding("f7", "door('door:progress')", "Progress"),
        Binding("f8", "filter", "Filters"),
        Binding("f9", "around('prepare')", "Before it", tooltip="Half an hour before the real talk."),
        Binding("f10", "around('after')", "After it", tooltip="How the real talk went."),
        Binding("escape", "leave", "Leave"),
        Binding("down", "list", "To the list", show=False),
    ]
    DEFAULT_CSS = """
    BrowserScreen { background: $background; }
    BrowserScreen #middle { height: 1fr; }
    BrowserScreen OptionList { width: 1fr; padding: 0 1; }
    BrowserScreen OptionList > .option-list--option-disabled { color: $primary; text-style: bold; }
    BrowserScreen #top { height: 1; background: $surface; }
    BrowserScreen #ready { width: auto; padding: 0 2 0 1; color: $secondary; background: $surface; }
    BrowserScreen #search { width: 1fr; height: 1; padding: 0 2; background: $surface; }
    BrowserScreen #search, BrowserScreen #search:focus { border: none; background-tint: transparent; }
    BrowserScreen #preview { width: 1fr; padding: 0 2; background: $surface; }
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._scenarios = list(services.first_scenarios)

    def compose(self) -> ComposeResult:
        with Horizontal(id="top"):
            yield Input(placeholder=_HINT, id="search")
            yield Static(id="ready")
        yield FilterLine(_FILTERS)
        with Horizontal(id="middle"):
            yield OptionList(*self._options(self._scenarios), id="list")
            with VerticalScroll(id="preview"):
                yield Static(id="about")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.query_one(OptionList).action_first()

    def on_input_changed(self) -> None:
        self._fill()

    def on_filter_changed(self, event: Filter.Changed) -> None:
        self._fill()

    def on_input_submitted(self) -> None:
        self.action_begin()

    def action_begin(self) -> None:
        self.query_one(OptionList).action_select()

    def action_filter(self) -> None:
        """To the filters, one after another."""
        filters = list(self.query(Filter))
        place = next((at for at, one in enumerate(filters) if one.has_focus), -1)
        filters[(place + 1) % len(filters)].focus()

    def action_help(self) -> None:
        lines = [f"{key_name(one.key):<10} {one.tooltip or one.description}" for one in keys_of(self)]
        self.app.push_screen(TextPage("Help", [*_HELP, *lines, f"{'ctrl+p':<10} All of them, by name"]))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        chosen = str(event.option.id)
        about = Content(_ABOUT_DOORS[chosen]) if chosen in _ABOUT_DOORS else self._about(chosen)
        self.query_one("#about", Static).update(about)
        self._get_ready()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        chosen = str(event.option.id)
        if chosen in _DOORS:
            await self.action_door(chosen)
        else:
            self.app.exit(chosen)

    async def action_door(self, name: str) -> None:
        """Go through one of the doors beside the situations."""
        match name:
            case "door:sessions" | "door:progress":
                await self._look_back(name)
            case "door:own":
                from voice_agent.tui.interview_screen import InterviewScreen  # YAML, 20 ms

                self.app.push_screen(InterviewScreen(self._services.save_scenario), self._told)
            case "door:sound":
                self.action_sound_check()
            case "door:settings":
                self.app.push_screen(SettingsScreen(self._services), lambda _: self._get_ready())

    def action_sound_check(self) -> None:
        """The sound check has the machine to itself."""
        self.workers.cancel_group(self, _PREPARING)
        self.app.push_screen(SoundCheckScreen(self._services.sound_check()), lambda _: self._get_ready())

    def action_around(self, command: str) -> None:
        """Leave for what goes before or after the real talk in the situation that is marked."""
        options = self.query_one(OptionList)
        marked = options.highlighted_option
        if marked is None or str(marked.id) in _DOORS:
            self.notify("Mark a situation first.", markup=False)
        else:
            self.app.exit(AroundWish(command, str(marked.id)))

    def action_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_leave(self) -> None:
        self.app.exit(None)

    async def _look_back(self, name: str) -> None:
        """Rehearsals and progress; a wish that comes from there ends the app."""
        try:
            if name == "door:sessions":
                from voice_agent.tui.sessions_screen import SessionsScreen  # 0.1 s

                source = await asyncio.to_thread(self._services.sessions)
                self.app.push_screen(SessionsScreen(source), self._wished)
            else:
                from voice_agent.tui.progress_screen import ProgressScreen

                told = await asyncio.to_thread(self._services.progress)
                self.app.push_screen(ProgressScreen(told), self._wished)
        except UserError as error:
            self.app.push_screen(TextPage("That can't be shown", [f"{error}."]))

    def _get_ready(self) -> None:
        """Prepare a talk in the situation that is marked, a moment from now; nothing else any more."""
        self.query_one("#ready", Static).update("")
        marked = self.query_one(OptionList).highlighted_option
        self.workers.cancel_group(self, _PREPARING)
        if marked is not None and str(marked.id) not in _DOORS:
            self.run_worker(self._prepare(str(marked.id)), group=_PREPARING)

    async def _prepare(self, scenario: str) -> None:
        await asyncio.sleep(DWELL_S)
        told = self.query_one("#ready", Static)
        told.update("getting ready ...")
        is_ready = await self._services.get_ready(scenario)
        told.update("ready to talk" if is_ready else "")

    def _wished(self, wish: PracticeWish | ResumeWish | None) -> None:
        if wish is not None:
            self.app.exit(wish)

    async def _told(self, scenario_id: str | None) -> None:
        """An own situation was kept: it stands first."""
        self._scenarios = list(await asyncio.to_thread(self._services.scenarios))
        self.query_one(Input).value = ""
        self.query_one(FilterLine).clear()
        self._fill(first=scenario_id)
        self.action_list()

    def _about(self, scenario_id: str) -> Content:
        scenario = next(one for one in self._scenarios if one.id == scenario_id)
        return about_scenario(scenario, is_recent=scenario_id in self._services.recent())

    def _found(self) -> list[Scenario]:
        words = self.query_one(Input).value.lower().split()
        wanted, recent = self.query_one(FilterLine).values, self._services.recent()
        return [
            one
            for one in self._scenarios
            if all(one.fits(word) for word in words) and _passes(one, wanted, is_recent=one.id in recent)
        ]

    def _fill(self, first: str | None = None) -> None:
        """Show what words and filters let through."""
        is_whole = not self.query_one(Input).value and not any(self.query_one(FilterLine).values.values())
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(self._options(self._found(), first=first, is_whole=is_whole))
        if options.option_count:
            options.action_first()
        else:
            self.query_one("#about", Static).update(Content("No situation has these words and filters."))

    def _options(self, found: Sequence[Scenario], *, first: str | None = None, is_whole: bool = True) -> list[Option]:
        """What was practised last stands first; before it, what was just told. The whole list has headings."""
        recent = {name: place for place, name in enumerate(self._services.recent(), start=1)}
        order = recent | ({first: 0} if first is not None else {})
        groups: dict[str, list[Option]] = {"Practised last": [], "Situations": [], "More": []}
        for one in sorted(found, key=lambda one: order.get(one.id, len(order) + 1)):
            group = groups["Practised last" if one.id in recent else "Situations"]
            group.append(Option(Row(one.title, f"{one.difficulty} of 5"), id=one.id))
        if not is_whole:
            return [option for group in groups.values() for option in group]
        groups["More"] = [Option(Row(*named), id=name) for name, named in _DOORS.items()]
        lines = []
        for heading, group in groups.items():
            lines += [Option(Row(heading), disabled=True), *group] if group else []
        return lines


def _passes(scenario: Scenario, wanted: Mapping[str, str], *, is_recent: bool) -> bool:
    """Whether each filter that is set lets the situation through."""
    found = {
        "Domain": {scenario.domain.value},
        "Skill": {skill.full_name for skill in scenario.practises},
        "Difficulty": {str(scenario.difficulty)},
        "Practised": {"yes" if is_recent else "no"},
    }
    return all(not value or value in found[name] for name, value in wanted.items())


def about_scenario(scenario: Scenario, *, is_recent: bool = False) -> Content:
    """What is known before the talk; never what the partner hides."""
    facts = "\n".join(f"- {fact}" for fact in scenario.learner.facts)
    skills = ", ".join(skill.full_name for skill in scenario.practises)
    return Content.assemble(
        (scenario.title, "bold"),
        (
            f"\n{scenario.domain.value}, difficulty {scenario.difficulty} of 5{', practised' if is_recent else ''}",
            "$secondary",
        ),
        f"\n\n{scenario.summary}\n\n",
        ("You talk with ", "bold"),
        f"{scenario.partner.name}, {scenario.partner.relationship}.\n",
        ("Your goal: ", "bold"),
        f"{scenario.learner.goal}\n",
        ("Good for: " if skills else "", "bold"),
        f"{skills}\n" if skills else "",
        ("\nWhat you know:\n", "bold"),
        f"{facts}\n\nEnter begins the talk. F9: half an hour before the real one. F10: how it went.",
    )
