"""A session again, with the panel as it was: at its own pace, or step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from voice_agent.candidate import candidate_lines
from voice_agent.events import (
    CheckInDue,
    CheckInRecorded,
    CrisisNoticed,
    DistressNoticed,
    Event,
    Fault,
    HelpOffered,
    LookedAhead,
    PartnerInterrupted,
    PartnerSentence,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    Stamped,
    TurnHeard,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)
from voice_agent.review.replay import FASTEST, SLOWEST, answer_line, beats, steps
from voice_agent.scenario import Scenario
from voice_agent.settings import Arm, Settings
from voice_agent.tui.beside import beside_css, fit
from voice_agent.tui.coach_panel import CoachPanel
from voice_agent.tui.head_line import head_line
from voice_agent.tui.key_bar import KeyBar
from voice_agent.tui.pages import TextPage
from voice_agent.tui.transcript import Transcript
from voice_agent.tui.view import CoachView

SOON_S = 0.005
"""What came within this time is shown at once: a timer for each would take a frame each."""


class ReplayScreen(Screen[None]):
    """Self-contained: needs the stored events alone. Dismissed when the viewer leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play/pause"),
        Binding("right,n,enter", "step(1)", "Next"),
        Binding("left,b", "step(-1)", "Back"),
        Binding("plus,equals_sign", "speed(2.0)", "Faster"),
        Binding("minus", "speed(0.5)", "Slower"),
        Binding("home", "jump(0)", "Beginning", show=False),
        Binding("end", "jump(-1)", "End", show=False),
        Binding("l", "listen", "Listen"),
        Binding("f", "panel", "Panel"),
        Binding("v", "stance", "Partner's mood", show=False),
        Binding("question_mark", "help", "Help"),
        Binding("escape,q", "leave", "Leave"),
    ]
    DEFAULT_CSS = (
        beside_css("ReplayScreen")
        + """
    ReplayScreen { background: $background; }
    ReplayScreen #head { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    ReplayScreen #place { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """
    )

    def __init__(
        self,
        stored: Sequence[Stamped],
        *,
        speed: float = 1.0,
        plays: bool = True,
        listen: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """stored: a session from its first event. plays: else it waits for steps.

        listen: plays a turn's sound; None where none was kept. Raises ValueError for a session without a beginning.
        """
        super().__init__()
        first = stored[0].event if stored else None
        if not isinstance(first, SessionStarted):
            raise ValueError("a replay begins with the session's first event")
        self._scenario: Scenario = first.scenario
        self._settings: Settings = first.settings
        self._beats = beats(stored)
        self._step_ends = self._ends(stored)
        self._shown = 0
        self._turn = 0
        self._speed = speed
        self.is_playing = plays
        self._listen = listen
        self._timer: Timer | None = None
        self.view = CoachView()

    @staticmethod
    def _ends(stored: Sequence[Stamped]) -> list[int]:
        """How many events have been shown after each step."""
        ends, count = [], 0
        for step in steps(stored):
            count += len(step)
            ends.append(count)
        return ends

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with Horizontal(id="middle"):
            yield Transcript(id="transcript")
            yield CoachPanel(id="panel")
        yield Static(id="place")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.set_class(self._settings.arm is Arm.SIMULATION_ONLY, "closed")
        self.query_one(CoachPanel).takes_keys = False
        self.query_one(CoachPanel).show(self.view)
        self.query_one(Transcript).focus()
        if not self.is_playing:
            self._show_up_to(self._step_ends[0])
        self._told()
        self._go_on()

    def on_resize(self, event: ui.Resize) -> None:
        fit(self, event.size.width)

    @property
    def shown(self) -> int:
        """Events that have been shown."""
        return self._shown

    # Going on and back.

    def _go_on(self) -> None:
        """Wait for the next event, as long as it took then."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self.is_playing and self._shown < len(self._beats):
            # A timer of no time never rings.
            wait_s = max(SOON_S, self._beats[self._shown].wait_s / self._speed)
            self._timer = self.set_timer(wait_s, self._beat)

    def _beat(self) -> None:
        self._show_up_to(self._shown + 1)
        while self._shown < len(self._beats) and self._beats[self._shown].wait_s / self._speed < SOON_S:
            self._show_up_to(self._shown + 1)
        if self._shown == len(self._beats):
            self.is_playing = False
        self._told()
        self._go_on()

    def _show_up_to(self, count: int) -> None:
        while self._shown < count:
            self._show(self._beats[self._shown].event)
            self._shown += 1

    async def _rewind_to(self, count: int) -> None:
        """From the beginning again: what is folded can't be unfolded."""
        old = self.query_one(Transcript)
        fresh = Transcript(id="transcript")
        await old.remove()
        await self.query_one("#middle", Horizontal).mount(fresh, before=0)
        fresh.focus()
        first = self._beats[0].event
        assert isinstance(first, SessionStarted)
        self._settings, self._turn, self._shown, self.view = first.settings, 0, 0, CoachView()
        self.query_one(CoachPanel).show(self.view)
        self._show_up_to(count)

    def action_play(self) -> None:
        if self._shown < len(self._beats):
            self.is_playing = not self.is_playing
        self._told()
        self._go_on()

    async def action_step(self, by: int) -> None:
        self.is_playing = False
        if by > 0:
            self._show_up_to(next((end for end in self._step_ends if end > self._shown), self._shown))
        else:
            earlier = [end for end in self._step_ends if end < self._shown]
            await self._rewind_to(earlier[-1] if earlier else self._step_ends[0])
        self._told()
        self._go_on()

    async def action_jump(self, place: int) -> None:
        self.is_playing = False
        if place == 0:
            await self._rewind_to(self._step_ends[0])
        else:
            self._show_up_to(len(self._beats))
        self._told()
        self._go_on()

    def action_speed(self, factor: float) -> None:
        self._speed = max(SLOWEST, min(FASTEST, self._speed * factor))
        self._told()
        self._go_on()

    def action_listen(self) -> None:
        if self._listen is None:
            self.notify("The sound of this talk was not kept.", markup=False)
            return
        self.is_playing = False
        self._told()
        self._go_on()
        self.run_worker(self._heard(self._turn), name="listen", exclusive=True, exit_on_error=False)

    async def _heard(self, turn: int) -> None:
        assert self._listen is not None
        try:
            await self._listen(turn)
        except Exception as error:  # noqa: BLE001 - the screen's border: a device that fails ends no replay
            self.notify(str(error), markup=False)

    def action_panel(self) -> None:
        self.toggle_class("panel")

    def action_stance(self) -> None:
        panel = self.query_one(CoachPanel)
        panel.shows_stance = not panel.shows_stance
        panel.show(self.view)

    def action_help(self) -> None:
        keys = [binding for binding in self.BINDINGS if isinstance(binding, Binding)]
        self.app.push_screen(TextPage("Keys", [f"{binding.key:<22} {binding.description}" for binding in keys]))

    def action_leave(self) -> None:
        self.dismiss(None)

    # Showing.

    def _told(self) -> None:
        s, scenario = self._settings, self._scenario
        settings = f"{s.mode.value}, difficulty {s.difficulty} of 5"
        self.query_one("#head", Static).update(head_line(scenario, settings, self.size.width))
        done = self._shown == len(self._beats)
        state = "The end" if done else "Playing" if self.is_playing else "Paused: space plays, right steps"
        step = sum(end <= self._shown for end in self._step_ends)
        self.query_one("#place", Static).update(
            Content.assemble((state, "bold"), f"   step {step} of {len(self._step_ends)}   speed {self._speed:g}")
        )

    def _show(self, event: Event) -> None:
        transcript = self.query_one(Transcript)
        if self.view.apply(event):
            self.query_one(CoachPanel).show(self.view)
        name = self._scenario.partner.name
        match event:
            case SessionStarted():
                transcript.line("", f"{event.scenario.summary}\nYour goal: {event.scenario.learner.goal}", "note")
            case SessionResumed():
                transcript.line("", "The talk goes on where it stopped.", "note")
            case TurnHeard():
                self._turn = event.turn
                transcript.line("You", event.text or "(nothing was understood)", "you", turn=event.turn)
            case PartnerSentence():
                transcript.line(name, event.text, "partner", turn=event.turn)
            case PartnerInterrupted():
                transcript.line("", f"{name} stops.", "note")
            case TurnWithdrawn():
                transcript.withdraw(event.turn)
                if event.why is Withdrawal.RETAKE:
                    transcript.line("", "Taken back.", "note")
            case SettingsChanged():
                self._settings = event.settings
            case CheckInDue():
                transcript.line("", f"Check-in ({event.when.value}).", "note")
            case CheckInRecorded():
                transcript.line("", answer_line(event), "note")
            case LookedAhead():
                transcript.line("", "\n".join(candidate_lines(event.candidates, name)), "note")
            case DistressNoticed():
                transcript.line("", "That sounded hard.", "note")
            case HelpOffered():
                transcript.line("", f"Silence for {event.silent_s:.0f} s; help was offered.", "note")
            case CrisisNoticed():
                transcript.line("", "\n".join([event.message, *event.help_lines]), "note")
            case VoiceCommandHeard():
                transcript.line("", f"Understood: {event.command}.", "note")
            case Fault():
                transcript.line("", event.happened, "note")
            case SessionEnded():
                transcript.line("", "The talk is over.", "note")
            case _:
                pass
