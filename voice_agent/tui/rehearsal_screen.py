"""The rehearsal: the talk on one side, the feedback lane on the other. It renders events and sends commands."""

from __future__ import annotations

from typing import ClassVar

from textual import events as ui
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static

from voice_agent.commands import (
    Breathe,
    Command,
    DeclareNextSkill,
    DeclareSkill,
    DropDraft,
    End,
    GiveUp,
    HearSuggestion,
    Interrupt,
    LookAhead,
    MarkMoment,
    OpenCheckIn,
    Pause,
    Repeat,
    Resume,
    Retake,
    Say,
    SaySuggestion,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    StartTalking,
    StopTalking,
    Undo,
)
from voice_agent.dearman import Skill
from voice_agent.events import (
    BreathPaced,
    CheckInAnswerHeard,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    CrisisNoticed,
    DistressNoticed,
    Event,
    Fault,
    HelpOffered,
    LevelMeter,
    LookedAhead,
    MomentMarked,
    PartialTranscript,
    PartnerInterrupted,
    PartnerSentence,
    RatingCorrected,
    SessionEnded,
    SessionStarted,
    SettingsChanged,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRestored,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)
from voice_agent.rehearsal.planning import plan_hints
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.settings import Arm, Mode, Patience, Settings
from voice_agent.tui.beside import beside_css, fit
from voice_agent.tui.breathe_screen import BreatheScreen
from voice_agent.tui.check_in_screen import CheckInScreen
from voice_agent.tui.coach_panel import CoachPanel
from voice_agent.tui.desk_screen import DeskScreen
from voice_agent.tui.devices_screen import DevicesScreen
from voice_agent.tui.glance import Glance
from voice_agent.tui.head_line import head_line
from voice_agent.tui.key_bar import KeyBar, key_name, keys_of
from voice_agent.tui.look_ahead_screen import LookAheadScreen
from voice_agent.tui.pages import TextPage
from voice_agent.tui.plan_screen import PlanScreen
from voice_agent.tui.state_bar import StateBar
from voice_agent.tui.transcript import Transcript
from voice_agent.tui.view import FEEDBACK, CoachView

SLOW_S = 2.5
"""A look ahead that takes longer is said to be under way: a server may need some seconds."""

_TITLES = {
    CheckInTime.START: "Before the talk: how are you?",
    CheckInTime.BETWEEN: "A short check-in; the talk goes on afterwards.",
    CheckInTime.END: "After the talk: how are you now?",
}
_SKILL_KEYS = dict(zip("1234567", Skill, strict=True))
_DECLARE = Binding.Group("Skill")
_HARDER = Binding.Group("Harder, easier")
_FEEDBACK_KEYS = frozenset({"hear", "say_it", "next_skill"})
_LAST_ACTIONS = frozenset({"panel", "words", "stance", "leave_input", "help", "quit"})
"""What is left when the talk is over."""
_FEEDBACK_ACTIONS = frozenset({"words", "stance", "panel", "plan", "declare", "declare_none"})
"""What the arm without feedback does not offer: all of it stands in the panel."""


class RehearsalScreen(Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "talk", "Talk", tooltip="Talk, or stop talking"),
        Binding("s", "command('send')", "Send", tooltip="Send the draft to your partner"),
        Binding("a", "command('again')", "Again", tooltip="Drop the draft and say it again"),
        Binding("i", "command('interrupt')", "Interrupt", tooltip="Interrupt your partner"),
        Binding("r", "command('retake')", "Retake", tooltip="Retake: your last turn did not happen"),
        Binding("t", "type", "Type", tooltip="Type your turn"),
        Binding("n", "command('next_skill')", "Next skill", tooltip="Declare the skill that would help next"),
        *(
            Binding(key, f"declare('{key}')", f"Declare {skill.full_name}", group=_DECLARE)
            for key, skill in _SKILL_KEYS.items()
        ),
        Binding("p", "pause", "Pause", tooltip="Pause, and go on"),
        Binding("b", "command('breathe')", "Breathe", tooltip="Breathe for a minute, paced by text and tone"),
        Binding("c", "command('check_in')", "Check-in", tooltip="Check-in: how you feel now"),
        Binding("h", "command('hear')", "Hear it", tooltip="Hear the suggestion in the coach's voice"),
        Binding("o,ctrl+o", "look_ahead", "Look ahead", tooltip="Look ahead: try wordings on your partner, unsaid"),
        Binding("w", "words", "Words", tooltip="Show or hide the suggestion"),
        Binding("y", "command('say_it')", "Say it", tooltip="Say it for me: your partner hears the suggestion"),
        Binding("z", "command('undo')", "Undo", tooltip="Undo the last thing"),
        Binding("u", "command('repeat')", "Repeat", tooltip="Hear your partner's last line again"),
        Binding("g", "mode", "Flow/gate", tooltip="Flow or gate: answered at once, or rated first"),
        Binding("plus,equals_sign", "difficulty(1)", "Harder", group=_HARDER),
        Binding("minus", "difficulty(-1)", "Easier", group=_HARDER),
        Binding("k", "patience", "Patience", tooltip="Patience: how long a pause may be"),
        Binding("l", "plan", "Plan", tooltip="Your plan: a note for each letter"),
        Binding("f", "panel", "Panel", tooltip="The feedback panel, or the talk"),
        Binding("v", "stance", "Mood", tooltip="Show or hide your partner's mood"),
        Binding("m", "command('mark')", "Mark", tooltip="Mark the last turn"),
        Binding("x", "desk", "Coach", tooltip="Coach at the table: whisper, correct, choose the next move"),
        Binding("d", "devices", "Sound", tooltip="Another microphone or speaker"),
        Binding("e", "command('end')", "End", tooltip="End the talk, with the closing check-in"),
        Binding("q", "quit", "Leave", tooltip="Leave without the closing check-in"),
        Binding("question_mark", "help", "Help"),
        Binding("0", "declare_none", "Declare none", show=False),
        Binding("escape", "leave_input", "Leave typing", show=False),
    ]
    DEFAULT_CSS = (
        beside_css("RehearsalScreen")
        + """
    RehearsalScreen { background: $background; }
    RehearsalScreen #head { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    RehearsalScreen Glance { display: none; }
    RehearsalScreen.narrow Glance { display: block; }
    RehearsalScreen.narrow.panel Glance, RehearsalScreen.closed Glance { display: none; }
    RehearsalScreen Input { height: 3; }
    RehearsalScreen.narrow Input { height: 1; border: none; padding: 0 2; }
    """
    )

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__()
        self._rehearsal = rehearsal
        self._settings: Settings = rehearsal.talk.settings
        self._partner = rehearsal.talk.scenario.partner.name
        self._state = TalkState.CHECK_IN
        self._talks = False
        self._check_in: CheckInScreen | None = None
        self._breathing: BreatheScreen | None = None
        self._looked: LookAheadScreen | None = None
        self._slow: Timer | None = None
        """Runs while a look ahead is under way."""
        self.view = CoachView()

    def compose(self) -> ComposeResult:
        yield Static(id="head")
        with Horizontal(id="middle"):
            yield Transcript(id="transcript")
            yield CoachPanel(id="panel")
        yield Glance(id="glance")
        yield StateBar(id="state")
        yield Input(id="typed", placeholder="t to type your turn; Enter says it; Escape leaves")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.set_class(self._settings.arm is Arm.SIMULATION_ONLY, "closed")
        self._head()
        self._show_view()
        self.query_one(Transcript).focus()

    def on_resize(self, event: ui.Resize) -> None:
        fit(self, event.size.width)
        self._head()
        self.query_one(KeyBar).draw()

    # Events.

    def show_event(self, event: Event) -> None:
        """Render one event of the rehearsal; what comes while the screen is taken down is not shown."""
        if not (self.app.is_running and self.display):
            return
        transcript = self.query_one(Transcript)
        if isinstance(event, FEEDBACK) and self._state is TalkState.HEARING:
            self.view.hold(event)
            return
        if self.view.apply(event):
            self._show_view()
        match event:
            case SessionStarted():
                self._started(event)
            case StateChanged():
                self._changed(event.state)
            case LevelMeter():
                self.query_one(StateBar).level(event.rms_dbfs)
            case PartialTranscript():
                transcript.partial("You", event.text)
            case TurnHeard():
                transcript.line("You", event.text or "(nothing was understood)", "you", turn=event.turn)
            case PartnerSentence():
                transcript.line(self._partner, event.text, "partner", turn=event.turn)
            case PartnerInterrupted():
                transcript.line("", f"{self._partner} stops.", "note")
            case TurnWithdrawn():
                transcript.withdraw(event.turn)
                if event.why is Withdrawal.RETAKE:
                    transcript.line("", "Taken back. Say it again.", "note")
            case SettingsChanged():
                self._settings = event.settings
                self._head()
            case TurnRestored():
                transcript.restore(event.turn)
                transcript.line("", "It counts again.", "note")
            case MomentMarked():
                transcript.line("", f"Marked{': ' if event.note else ''}{event.note}.", "note")
            case RatingCorrected():
                transcript.line("", f"Corrected: {event.skill.full_name} {event.level.word}.", "note")
            case VoiceCommandHeard():
                transcript.line("", f"Understood: {event.command}.", "note")
            case CheckInDue():
                self._check_in = CheckInScreen(_TITLES[event.when], self._send)
                self.app.push_screen(self._check_in)
            case CheckInAsked():
                if self._check_in is not None:
                    self._check_in.ask(event)
            case CheckInAnswerHeard():
                if self._check_in is not None:
                    self._check_in.heard(event.text)
            case CheckInRecorded():
                self._close(self._check_in)
                self._check_in = None
            case BreathPaced():
                self._breath_paced(event)
            case LookedAhead():
                self._stop_waiting()
                self._close(self._looked)
                self._looked = LookAheadScreen(event.candidates, self._partner, self._send, self._edit)
                self.app.push_screen(self._looked)
            case DistressNoticed():
                transcript.line(
                    "", "That sounded hard. b: breathe, p: pause, -: easier, e: end. Stopping is fine.", "note"
                )
            case HelpOffered():
                words = "w: words to say, " if self._settings.arm is Arm.FEEDBACK else ""
                transcript.line("", f"No hurry. {words}b: breathe, p: pause. Or just begin.", "note")
            case CrisisNoticed():
                transcript.line("", "\n".join([event.message, *event.help_lines]), "note")
            case Fault():
                self._stop_waiting()
                transcript.line("", event.line, "note")
            case SessionEnded():
                transcript.line("", "The talk is over. q leaves.", "note")
                if self.query_one("#typed", Input).has_focus:
                    transcript.focus()  # nothing is left to type: q leaves, wherever the focus was
            case _:
                pass

    def _started(self, event: SessionStarted) -> None:
        scenario = event.scenario
        self._partner = scenario.partner.name
        hosts = ", ".join(sorted(set(event.hosts.values())))
        bar = self.query_one(StateBar)
        bar.badge = f"LEAVES THIS MACHINE: {hosts}" if hosts else "stays on this machine"
        transcript = self.query_one(Transcript)
        transcript.line("", f"{scenario.summary}\nYour goal: {scenario.learner.goal}", "note")
        self._head()

    def _changed(self, state: TalkState) -> None:
        if TalkState.DRAFT in (state, self._state) and self.has_class("narrow"):
            self.set_class(state is TalkState.DRAFT, "panel")  # what a draft is worth stands before it is sent
        self._state = state
        if state not in (TalkState.LISTENING, TalkState.DRAFT, TalkState.PAUSED):
            self._close(self._looked)  # somebody speaks: the choice is made
            self._looked = None
        self.query_one(StateBar).state(state)
        self.query_one(KeyBar).draw()
        if state is not TalkState.HEARING:
            self.query_one(Transcript).partial("", "")
            if self.view.release():
                self._show_view()

    def _close(self, modal: Screen[None] | None) -> None:
        """Close a screen over the talk, also when another lies over it."""
        if modal is not None and modal.is_current:
            modal.dismiss(None)
        elif modal is not None and modal in self.app.screen_stack:
            modal.remove()

    def _breath_paced(self, paced: BreathPaced) -> None:
        if not paced.left_s:
            self._close(self._breathing)
            self._breathing = None
            return
        if self._breathing is None:
            self._breathing = BreatheScreen(self._send)
            self.app.push_screen(self._breathing)
        self._breathing.pace(paced)

    def _show_view(self) -> None:
        self.query_one(CoachPanel).show(self.view)
        self.query_one(Glance).show(self.view)

    def _head(self) -> None:
        s = self._settings
        mode = "" if s.mode_is_fixed else f"{s.mode.value}, "
        settings = f"{mode}patience {s.patience.value}, difficulty {s.difficulty} of 5"
        line = head_line(self._rehearsal.talk.scenario, settings, self.size.width)
        self.query_one("#head", Static).update(line)

    # Commands.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that mean nothing now are not offered."""
        name = str(parameters[0]) if action == "command" and parameters else ""
        if self._state is TalkState.ENDED and action not in _LAST_ACTIONS:
            return False
        if self._settings.arm is Arm.SIMULATION_ONLY and (name in _FEEDBACK_KEYS or action in _FEEDBACK_ACTIONS):
            return False
        if action == "mode":
            return not self._settings.mode_is_fixed
        if name in ("send", "again"):
            return self._state is TalkState.DRAFT
        if name == "interrupt":
            return self._state is TalkState.SPEAKING
        if action == "panel":
            return self.has_class("narrow")
        if action == "look_ahead":
            mine = (TalkState.LISTENING, TalkState.DRAFT)
            return self._settings.arm is Arm.FEEDBACK and self._state in mine
        return True

    def _send(self, command: Command) -> None:
        self._rehearsal.send(command)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self._send(Say(text=event.value))
        event.input.clear()

    def action_command(self, name: str) -> None:
        made: dict[str, Command] = {
            "interrupt": Interrupt(),
            "send": SendDraft(),
            "again": DropDraft(),
            "retake": Retake(),
            "check_in": OpenCheckIn(),
            "hear": HearSuggestion(),
            "repeat": Repeat(),
            "end": End(),
            "say_it": SaySuggestion(),
            "next_skill": DeclareNextSkill(),
            "breathe": Breathe(),
            "undo": Undo(),
            "mark": MarkMoment(),
        }
        self._send(made[name])

    def action_look_ahead(self) -> None:
        """Try what stands in the line, or what the coach would say, on the partner; nothing is said."""
        self._send(LookAhead(draft=self.query_one("#typed", Input).value))
        self._slow = self.set_timer(SLOW_S, self._looks_still)

    def _looks_still(self) -> None:
        self.query_one(Transcript).line("", "Looking ahead: your partner is being asked ...", "note")

    def _stop_waiting(self) -> None:
        if self._slow is not None:
            self._slow.stop()
            self._slow = None

    def _edit(self, words: str) -> None:
        typed = self.query_one("#typed", Input)
        typed.value = words
        typed.focus()

    def action_talk(self) -> None:
        """The talk key: begins a turn, and ends it."""
        if self._state is TalkState.HEARING or self._talks:
            self._talks = False
            self._send(StopTalking())
        else:
            self._talks = self._settings.patience in (Patience.PUSH_TO_TALK, Patience.OVER)
            self._send(StartTalking())

    def action_pause(self) -> None:
        self._send(Resume() if self._state is TalkState.PAUSED else Pause())

    def action_mode(self) -> None:
        self._send(SetMode(mode=Mode.FLOW if self._settings.mode is Mode.GATE else Mode.GATE))

    def action_difficulty(self, step: int) -> None:
        wanted = self._settings.difficulty + step
        if 1 <= wanted <= 5:
            self._send(SetDifficulty(difficulty=wanted))

    def action_patience(self) -> None:
        every = list(Patience)
        self._send(SetPatience(patience=every[(every.index(self._settings.patience) + 1) % len(every)]))

    def action_declare(self, key: str) -> None:
        self._send(DeclareSkill(skill=_SKILL_KEYS[key]))

    def action_declare_none(self) -> None:
        self._send(DeclareSkill(skill=None))

    def action_words(self) -> None:
        panel = self.query_one(CoachPanel)
        panel.shows_words = not panel.shows_words
        self._show_view()

    def action_stance(self) -> None:
        panel = self.query_one(CoachPanel)
        panel.shows_stance = not panel.shows_stance
        self._show_view()

    def action_panel(self) -> None:
        self.toggle_class("panel")

    def action_plan(self) -> None:
        """Write the plan down, or change it; the talk goes on meanwhile."""
        talk = self._rehearsal.talk
        hints = plan_hints(talk.scenario)
        self.app.push_screen(PlanScreen(talk.plan, self.view.plan_levels, hints, self._send))

    def action_desk(self) -> None:
        """For a coach at the table."""
        self.app.push_screen(
            DeskScreen(
                is_paused=self._state is TalkState.PAUSED,
                difficulty=self._settings.difficulty,
                send=self._send,
            )
        )

    def action_devices(self) -> None:
        self.app.push_screen(DevicesScreen(self._rehearsal.devices, self._send))

    def action_type(self) -> None:
        self.query_one(Input).focus()

    def action_leave_input(self) -> None:
        self.query_one(Transcript).focus()

    def action_help(self) -> None:
        lines = [f"{key_name(one.key):<10} {one.tooltip or one.description}" for one in keys_of(self)]
        self.app.push_screen(TextPage("Keys", [*lines, f"{'f2':<10} Theme", f"{'ctrl+p':<10} All of them, by name"]))

    def action_quit(self) -> None:
        if self._state is not TalkState.ENDED:
            self._send(GiveUp())
        self.app.exit()
