"""What the coach says aloud in hands-free practice: an event as spoken words, by its effect, not its cause.

So whatever was understood is told back, and a misheard command can be undone at once (`coach, scratch that`).
"""

from __future__ import annotations

from collections.abc import Sequence

from voice_agent.advice import Advice
from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import (
    AdviceGiven,
    CheckInAsked,
    CheckInDue,
    CheckInRecorded,
    CheckInTime,
    CrisisNoticed,
    DistressNoticed,
    DraftRated,
    EndReason,
    Event,
    HelpOffered,
    LookedAhead,
    ProsodyMeasured,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SettingsChanged,
    SkillDeclared,
    StateChanged,
    TalkState,
    TurnRated,
    TurnRestored,
    TurnWithdrawn,
    Withdrawal,
)
from voice_agent.prosody import ProsodyNote
from voice_agent.rehearsal.debrief import debrief
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Arm, Mode, Settings

CHOICES = {
    TalkState.LISTENING: (
        "Just talk to your partner. Or say coach, and then: pause; take that back; what should I say; how was that; "
        "look ahead; say it for me; next skill; say that again; check in; breathe; easier; harder; gate; flow; "
        "patient; scratch that; where are we; end the talk."
    ),
    TalkState.DRAFT: (
        "Say: coach, send. Or say your turn again. Or: coach, again; coach, what should I say; coach, look ahead; "
        "coach, say it for me; coach, pause; coach, end the talk."
    ),
    TalkState.PAUSED: "Say: coach, go on. Or: coach, breathe; coach, take that back; coach, end the talk.",
    TalkState.CHECK_IN: "Answer with a number, or with feelings and numbers, for example: fear seven. Or say: skip.",
}
"""The answer to "what can I say"."""


def narrated(event: Event, talk: Talk, before: Settings) -> list[str]:
    """Sentences for one event; none for what is heard anyway. before: the settings before the event."""
    shows = talk.settings.arm is Arm.FEEDBACK
    match event:
        case SessionStarted():
            return _started(event)
        case SessionResumed():
            return ["The talk goes on where it stopped."]
        case CheckInDue():
            return [_CHECK_INS[event.when]]
        case CheckInAsked():
            return [f"{event.slip}." if event.slip else event.question]
        case CheckInRecorded():
            return [noted(event.check_in)]
        case StateChanged():
            return ["Paused. Say: coach, go on."] if event.state is TalkState.PAUSED else []
        case SettingsChanged():
            return [changed] if (changed := _changed(before, event.settings)) else []
        case SkillDeclared():
            return [f"Next turn: {event.skill.full_name}." if event.skill else "No skill for the next turn."]
        case TurnWithdrawn():
            return ["Taken back. Say it again."] if event.why is not Withdrawal.WENT_ON else []
        case TurnRestored():
            return ["It counts again."]
        case DraftRated() if shows:
            return [brief(event.reading)]
        case ProsodyMeasured() if shows and talk.settings.mode is Mode.GATE:
            return sounding(event.notes)
        case TurnRated() if shows and talk.settings.mode is Mode.FLOW:
            return [brief(event.reading)]
        case AdviceGiven() if shows:
            meant = [event.intent.told] if event.intent is not None else []
            if talk.settings.mode is not Mode.GATE:
                return meant
            return [*meant, *advised(event.advice), "Say: coach, send. Or say it again."]
        case LookedAhead() if shows:
            return tried_aloud(event, talk)
        case DistressNoticed():
            return ["That sounded hard. You can say: coach, breathe. Or: coach, pause. Or: coach, easier."]
        case HelpOffered():
            hint = "coach, what should I say; " if shows else ""
            return [f"No hurry. You can say: {hint}coach, breathe; or coach, pause."]
        case CrisisNoticed():
            return [event.message, *event.help_lines]
        case SessionEnded():
            ended = ["The talk is over."]
            return ended + (debrief(talk) if shows and event.reason is not EndReason.CARE else [])
        case _:
            return []


_CHECK_INS = {
    CheckInTime.START: "First, how are you?",
    CheckInTime.BETWEEN: "A short check-in. The talk goes on afterwards.",
    CheckInTime.END: "How are you now?",
}


def brief(reading: Reading) -> str:
    """A turn's rating in one breath."""
    parts = []
    for level, word in ((Level.STRONG, "Strong"), (Level.WEAK, "Weak")):
        skills = [skill.full_name for skill in Skill if reading.ratings.level(skill) is level]
        if skills:
            parts.append(f"{word}: {', '.join(skills)}.")
    absent = [skill.full_name for skill in Skill if skill.is_state_of_mind and not reading.ratings.level(skill)]
    if absent:
        parts.append(f"Missing: {', '.join(absent)}.")
    return " ".join([*parts, f"Would help next: {reading.next_skill.full_name}."])


def sounding(notes: Sequence[ProsodyNote]) -> list[str]:
    """How a turn sounded, spoken."""
    return [f"Voice: {note.sentence}" for note in notes]


def advised(advice: Advice) -> list[str]:
    """The coach's suggestion, spoken."""
    words = [f"You could say: {advice.words}"] if advice.words else []
    return [f"{advice.skill.full_name}. {advice.reason}", *words]


def tried_aloud(event: LookedAhead, talk: Talk) -> list[str]:
    """What looking ahead found, with the numbers to choose by."""
    name = talk.scenario.partner.name
    lines = ["Looking ahead. What they say is one possible answer."]
    for number, one in enumerate(event.candidates, start=1):
        answer = f" They might say: {one.answer}" if one.answer else " What they would say is not known."
        lines.append(f"Number {number}, {one.title}: {one.words} {name} {one.movement}.{answer}")
    return [*lines, "To choose, say for example: coach, say number one. Or say it your own way."]


def whereabouts(talk: Talk) -> str:
    """The answer to "where are we"."""
    s = talk.settings
    turns = len(talk.said_before)
    states = {TalkState.DRAFT: "Your turn is not sent yet.", TalkState.PAUSED: "The talk is paused."}
    return (
        f"You talk with {talk.scenario.partner.name}: {talk.scenario.title}. "
        f"{turns} turn{'s' if turns != 1 else ''} so far. {states.get(talk.state, 'I am listening.')} "
        f"Mode {s.mode.value}, patience {s.patience.value}, difficulty {s.difficulty} of 5."
    )


def _started(event: SessionStarted) -> list[str]:
    scenario = event.scenario
    hosts = ", ".join(sorted(set(event.hosts.values())))
    leaves = f"What you say leaves this machine, to {hosts}." if hosts else "Everything stays on this machine."
    return [
        f"{scenario.title}. {scenario.summary}",
        f"You talk with {scenario.partner.name}, {scenario.partner.relationship}. Your goal: {scenario.learner.goal}",
        f"{leaves} At any time you can say: coach, what can I say.",
    ]


def noted(found: CheckIn | None, first: CheckIn | None = None) -> str:
    """A check-in told back; None: it was skipped. first: the one at the start, for what has changed since."""
    if found is None:
        return "Skipped."
    before = (
        {}
        if first is None
        else {"confidence": first.self_efficacy}
        | {feeling.value: strength for feeling, strength in first.feelings.items()}
    )
    now = {"confidence": found.self_efficacy} if found.self_efficacy is not None else {}
    now |= {feeling.value: strength for feeling, strength in found.feelings.items()}
    told = [f"{name} {value}{_was(before.get(name), value)}" for name, value in now.items()]
    return f"Noted: {', '.join(told)}." if told else "Noted."


def _was(before: int | None, now: int) -> str:
    return f" (was {before})" if before is not None and before != now else ""


def _changed(before: Settings, after: Settings) -> str:
    told = []
    if after.difficulty != before.difficulty:
        told.append(f"Difficulty {after.difficulty} of 5.")
    if after.mode is not before.mode:
        gate = "Gate: you hear the rating before your partner hears you."
        told.append(gate if after.mode is Mode.GATE else "Flow: your partner answers at once.")
    if after.patience is not before.patience:
        told.append(f"Patience: {after.patience.value}.")
    return " ".join(told)
