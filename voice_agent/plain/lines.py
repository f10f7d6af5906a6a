"""Events as self-contained lines of plain text."""

from __future__ import annotations

from voice_agent.conversation import Reading
from voice_agent.dearman import Skill
from voice_agent.events import (
    CheckInDue,
    CheckInTime,
    DraftRated,
    EndReason,
    Event,
    Fault,
    PartnerInterrupted,
    PartnerSentence,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    SkillDeclared,
    StateChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnTimed,
    TurnWithdrawn,
    VoiceCommandHeard,
    Withdrawal,
)

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
    EndReason.FAULT: "The talk could not go on.",
}
_WITHDRAWN = {
    Withdrawal.RETAKE: "Taken back. Say it again.",
    Withdrawal.DROPPED: "Not sent.",
    Withdrawal.WENT_ON: "",
}


class LineRenderer:
    """One rehearsal's events as lines; empty for what needs none."""

    def __init__(self, *, shows_times: bool = False, partner: str = "Partner") -> None:
        self._partner = partner
        self._shows_times = shows_times
        self._rated_draft: int | None = None

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
                return [f"You: {event.text}"] if event.text else ["You said nothing that was understood."]
            case PartnerSentence():
                return [f"{self._partner}: {event.text}"]
            case PartnerInterrupted():
                return [f"{self._partner} stops."]
            case DraftRated():
                self._rated_draft = event.turn
                return rating_lines(event.reading)
            case TurnRated():
                # A draft's rating has been shown before it was sent.
                return [] if event.turn == self._rated_draft else rating_lines(event.reading)
            case TurnWithdrawn():
                return [_WITHDRAWN[event.why]] if _WITHDRAWN[event.why] else []
            case SkillDeclared():
                return [f"Next turn: {event.skill.full_name}." if event.skill else "No skill declared."]
            case SettingsChanged():
                s = event.settings
                return [f"Settings: {s.mode.value}, patience {s.patience.value}, difficulty {s.difficulty} of 5."]
            case VoiceCommandHeard():
                return [f"Understood: {event.command}."]
            case Fault():
                return [
                    " ".join(part for part in (_sentence(event.happened), event.done, _sentence(event.cure)) if part)
                ]
            case CheckInDue():
                return [
                    "Check-in before the talk." if event.when is CheckInTime.START else "Check-in after the talk."
                ]
            case TurnTimed() if self._shows_times:
                return [times_line(event)]
            case SessionEnded():
                return [_ENDS[event.reason].format(name=self._partner)]
            case _:
                return []

    def _started(self, event: SessionStarted) -> list[str]:
        scenario = event.scenario
        self._partner = scenario.partner.name
        engines = ", ".join(f"{stage} {name}" for stage, name in sorted(event.engines.items()))
        return [
            f"Situation: {scenario.title}. {scenario.summary}",
            f"You talk with {scenario.partner.name}, {scenario.partner.relationship}.",
            f"Your goal: {scenario.learner.goal}",
            f"Difficulty {event.settings.difficulty} of 5. Microphone: {event.microphone}. Speaker: {event.speaker}.",
            f"Everything stays on this machine. Engines: {engines}.",
        ]


def rating_lines(reading: Reading) -> list[str]:
    """The seven levels in one line, and the next skill in another."""
    levels = "; ".join(f"{skill.full_name} {reading.ratings.level(skill).word}" for skill in Skill)
    return [f"Rating: {levels}.", f"Would help next: {reading.next_skill.full_name}."]


def times_line(event: TurnTimed) -> str:
    parts = {
        "end of turn": event.committed_s,
        "words": event.words_s,
        "rating": event.rated_s,
        "reply text": event.reply_text_s,
        "first sound after the end of turn": event.first_sample_s,
    }
    return "Times: " + ", ".join(f"{name} {s:.3f} s" for name, s in parts.items() if s is not None) + "."


def _sentence(text: str) -> str:
    """A message's part as a sentence."""
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
