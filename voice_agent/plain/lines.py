"""Events as self-contained lines of plain text."""

from __future__ import annotations

from voice_agent.advice import Advice, Intent
from voice_agent.candidate import candidate_lines
from voice_agent.conversation import Reading
from voice_agent.dearman import Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import (
    AdviceGiven,
    BreathPaced,
    CheckInAnswerHeard,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    CoachWhispered,
    CrisisNoticed,
    DistressNoticed,
    DraftRated,
    EndReason,
    Event,
    Fault,
    HelpOffered,
    LookedAhead,
    MomentMarked,
    NextMoveChosen,
    PartnerInterrupted,
    PartnerSentence,
    PlanMade,
    ProsodyMeasured,
    RatingCorrected,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    SkillDeclared,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnRestored,
    TurnTimed,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)
from voice_agent.rehearsal.narration import noted
from voice_agent.settings import Arm

_STATES = {
    TalkState.LISTENING: "Listening.",
    TalkState.HEARING: "Hearing you.",
    TalkState.THINKING: "Thinking.",
    TalkState.DRAFT: "Your turn is not sent yet. Say or type /send, or say it again.",
    TalkState.PAUSED: "Paused. Type /resume to go on.",
}
_ENDS = {
    EndReason.LEARNER: "You ended the talk.",
    EndReason.PARTNER: "{name} ended the talk.",
    EndReason.GAVE_UP: "You left the talk.",
    EndReason.MICROPHONE_ENDED: "The recording is over.",
    EndReason.TURNS: "That was the last turn of this talk.",
    EndReason.FAULT: "The talk could not go on.",
    EndReason.CARE: "The practice ends here.",
}
_WITHDRAWN = {
    Withdrawal.RETAKE: "Taken back. Say it again.",
    Withdrawal.DROPPED: "Not sent.",
    Withdrawal.WENT_ON: "",
}


_CHECK_INS = {
    CheckInTime.START: "Check-in before the talk.",
    CheckInTime.BETWEEN: "A short check-in; the talk goes on afterwards.",
    CheckInTime.END: "Check-in after the talk.",
}
_DISTRESS = (
    "That sounded hard. You can take a break with /pause, make it easier with /difficulty 1, or end with /end. "
    "Stopping is fine."
)

_HELP = (
    "No hurry. /hear reads words to say aloud, /breathe gives you a minute, /pause stops the clock. Or just begin."
)
_HELP_WITHOUT_WORDS = "No hurry. /breathe gives you a minute, /pause stops the clock. Or just begin."


class LineRenderer:
    """One rehearsal's events as lines; empty for what needs none."""

    def __init__(self, *, shows_times: bool = False, partner: str = "Partner", arm: Arm = Arm.FEEDBACK) -> None:
        """arm: of a talk that goes on; one that begins tells its own."""
        self._partner = partner
        self._shows_times = shows_times
        self._rated_draft: int | None = None
        self._readings: dict[int, Reading] = {}
        """The newest of each turn that counts."""
        self._first_check_in: CheckIn | None = None
        self.shows_words = True
        """Whether suggestions are told, or only that there is one."""
        self._shows_feedback = arm is Arm.FEEDBACK

    def lines(self, event: Event) -> list[str]:
        match event:
            case SessionStarted():
                return self._started(event)
            case SessionResumed():
                return ["The talk goes on where it stopped."]
            case StateChanged():
                if event.state is TalkState.SPEAKING:
                    return [f"{self._partner} is speaking."]
                return [_STATES[event.state]] if event.state in _STATES else []
            case TurnHeard():
                if not event.text and event.audio is None:
                    return []
                return [f"You: {event.text}"] if event.text else ["You said nothing that was understood."]
            case PartnerSentence():
                return [f"{self._partner}: {event.text}"]
            case PartnerInterrupted():
                return [f"{self._partner} stops."]
            case DraftRated() | TurnRated() | AdviceGiven() | ProsodyMeasured() if not self._shows_feedback:
                return []
            case DraftRated():
                self._rated_draft = event.turn
                return self._rated(event.turn, event.reading)
            case TurnRated():
                # A draft's rating has been shown before it was sent.
                return [] if event.turn == self._rated_draft else self._rated(event.turn, event.reading)
            case AdviceGiven() if not self.shows_words:
                return ["A suggestion is ready. Type /words to see it from now on, or /hear to hear it."]
            case AdviceGiven():
                return advice_lines(event.advice, event.intent)
            case ProsodyMeasured():
                return [f"Voice: {note.sentence}" for note in event.notes]
            case LookedAhead():
                lines = candidate_lines(event.candidates, self._partner)
                return [*lines, "Type /say and a number to say one, or say it your own way."]
            case DistressNoticed():
                return [_DISTRESS]
            case HelpOffered():
                return [_HELP if self._shows_feedback else _HELP_WITHOUT_WORDS]
            case CrisisNoticed():
                return [event.message, *event.help_lines]
            case CheckInRecorded():
                return self._noted(event)
            case TurnWithdrawn():
                self._readings.pop(event.turn, None)
                return [_WITHDRAWN[event.why]] if _WITHDRAWN[event.why] else []
            case SkillDeclared():
                return [f"Next turn: {event.skill.full_name}." if event.skill else "No skill declared."]
            case SettingsChanged():
                s = event.settings
                return [f"Settings: {s.mode.value}, patience {s.patience.value}, difficulty {s.difficulty} of 5."]
            case VoiceCommandHeard():
                return [f"Understood: {event.command}."]
            case Fault():
                return [event.line]
            case CheckInDue():
                return [_CHECK_INS[event.when]]
            case CheckInAsked():
                return [*([f"{event.slip}."] if event.slip else []), f"{event.question} Enter skips it."]
            case CheckInAnswerHeard():
                return [f"You said: {event.text}"]
            case PlanMade():
                return plan_lines(event)
            case BreathPaced():
                return breath_lines(event)
            case CoachWhispered():
                return [f"Whispered: {event.text}"]
            case MomentMarked():
                return [f"Marked turn {event.turn}{': ' if event.note else ''}{event.note}."]
            case RatingCorrected():
                return [f"Corrected: {event.skill.full_name} {event.level.word}."]
            case NextMoveChosen():
                move = event.move.value.replace("_", " ") if event.move else "as they like"
                return [f"{self._partner} will do next: {move}."]
            case TurnRestored():
                return ["It counts again."]
            case TurnTimed() if self._shows_times:
                return [times_line(event)]
            case SessionEnded():
                return [_ENDS[event.reason].format(name=self._partner)]
            case _:
                return []

    def _rated(self, turn: int, reading: Reading) -> list[str]:
        earlier = [one for one in self._readings if one < turn]
        before = self._readings[max(earlier)] if earlier else None
        self._readings[turn] = reading
        return rating_lines(reading, before)

    def _noted(self, event: CheckInRecorded) -> list[str]:
        told = noted(event.check_in, self._first_check_in)
        if event.when is CheckInTime.START:
            self._first_check_in = event.check_in
        return [told]

    def _started(self, event: SessionStarted) -> list[str]:
        scenario = event.scenario
        self._partner = scenario.partner.name
        self._shows_feedback = event.settings.arm is Arm.FEEDBACK
        engines = ", ".join(f"{stage} {name}" for stage, name in sorted(event.engines.items()))
        return [
            f"Situation: {scenario.title}. {scenario.summary}",
            f"You talk with {scenario.partner.name}, {scenario.partner.relationship}.",
            f"Your goal: {scenario.learner.goal}",
            f"Difficulty {event.settings.difficulty} of 5. Microphone: {event.microphone}. Speaker: {event.speaker}.",
            f"{privacy_line(event.hosts)} Engines: {engines}.",
        ]


def rating_lines(reading: Reading, before: Reading | None = None) -> list[str]:
    """The seven levels in one line, and the next skill in another. before: of the turn before, for what changed."""

    def told(skill: Skill) -> str:
        level = reading.ratings.level(skill)
        moved = int(level) - int(before.ratings.level(skill)) if before is not None else 0
        return f"{skill.full_name} {level.word}{' (up)' if moved > 0 else ' (down)' if moved < 0 else ''}"

    levels = "; ".join(told(skill) for skill in Skill)
    return [f"Rating: {levels}.", f"Would help next: {reading.next_skill.full_name}."]


def advice_lines(advice: Advice, intent: Intent | None = None) -> list[str]:
    """What the coach says after a turn."""
    lines = []
    if intent is not None:
        lines.append(intent.told)
    lines.append(f"Coach, {advice.skill.full_name}: {advice.reason}")
    if advice.words:
        lines.append(f"You could say: {advice.words}")
    return lines


def plan_lines(event: PlanMade) -> list[str]:
    """The plan once it is rated, a line for each note; a plan without notes is said to be empty."""
    if not event.notes:
        return ["The plan is empty."]
    if not event.levels:
        return []
    return [f"Plan, {skill.full_name} ({event.levels[skill].word}): {note}" for skill, note in event.notes.items()]


def breath_lines(event: BreathPaced) -> list[str]:
    """One line for each breath in or out, so that a screen reader has time for it."""
    if not event.left_s:
        return ["The breathing exercise is over. Type /resume to go on with the talk."]
    if event.count != 1:
        return []
    return [f"Breathe {'in' if event.is_in else 'out'} for {event.of} seconds."]


def privacy_line(hosts: dict[str, str]) -> str:
    """Where words and audio go."""
    if not hosts:
        return "Everything stays on this machine."
    gone = ", ".join(f"{stage} to {host}" for stage, host in sorted(hosts.items()))
    return f"What is said leaves this machine: {gone}."


def times_line(event: TurnTimed) -> str:
    parts = {
        "end of turn": event.committed_s,
        "words": event.words_s,
        "rating": event.rated_s,
        "reply text": event.reply_text_s,
        "first sound after the end of turn": event.first_sample_s,
    }
    return "Times: " + ", ".join(f"{name} {s:.3f} s" for name, s in parts.items() if s is not None) + "."
