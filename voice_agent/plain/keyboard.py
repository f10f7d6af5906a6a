"""Typed lines as commands: words are a turn, a slash begins a command."""

from __future__ import annotations

import re
from collections.abc import Callable

from voice_agent.candidate import MOST_CANDIDATES
from voice_agent.commands import (
    Breathe,
    ChooseMicrophone,
    ChooseNextMove,
    ChooseSpeaker,
    Command,
    CorrectRating,
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
    SayCandidate,
    SaySuggestion,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    StartTalking,
    StopTalking,
    Undo,
    Whisper,
)
from voice_agent.conversation import Move
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError, nearest
from voice_agent.settings import Mode, Patience

_PLAIN: dict[str, tuple[Callable[[], Command], str]] = {
    "send": (SendDraft, "let your partner hear the draft (gate)"),
    "again": (DropDraft, "drop the draft and say it again (gate)"),
    "retake": (Retake, "take your last turn back"),
    "pause": (Pause, "stop for a while"),
    "resume": (Resume, "go on after a pause"),
    "stop": (Interrupt, "stop your partner in the middle of a word"),
    "repeat": (Repeat, "hear your partner's last line again"),
    "talk": (StartTalking, "begin a turn (push-to-talk)"),
    "done": (StopTalking, "end your turn now"),
    "hear": (HearSuggestion, "let the coach read its suggestion aloud"),
    "say": (SaySuggestion, "let your partner hear the suggested words in your place"),
    "lookahead": (LookAhead, "try a few wordings on your partner without saying any; your own: /lookahead WORDS"),
    "next": (DeclareNextSkill, "mean to use the skill that would help next"),
    "undo": (Undo, "undo the last command, or take the last turn back"),
    "breathe": (Breathe, "a minute of paced breathing; the talk is paused"),
    "checkin": (OpenCheckIn, "say how you feel now"),
    "end": (End, "end the talk, with the closing check-in"),
    "quit": (GiveUp, "leave the talk without the closing check-in"),
}
_WITH_VALUE = {
    "say": "the number of a wording that was tried, for example /say 2",
    "skill": "a skill for your next turn: describe, express, assert, reinforce, mindful, confident, negotiate; none",
    "mode": "flow (the partner answers at once) or gate (you see the rating first)",
    "patience": "quick, normal, patient, push-to-talk, over",
    "difficulty": "1 to 5",
    "plan": "a note for one letter, for example /plan D the sink was full on Monday; /plan alone shows it",
    "whisper": "coach at the table: a hint that only the screen shows",
    "mark": "coach at the table: mark the last turn, with a note",
    "correct": "coach at the table: another level for a skill of the last turn, for example /correct E 1",
    "move": "coach at the table: what the partner does next, for example refuse or open_up; none",
    "mic": "choose another microphone by name or number",
    "speaker": "choose another speaker by name or number",
}


ASKED = {
    "mood": "how your partner is disposed",
    "words": "keep suggestions back, or tell them again",
    "where": "what this talk is, how many turns there were, and how it is set",
}
"""Answered by the front itself."""


def command_of(line: str) -> Command | None:
    """The command for a typed line; None for an empty one. Raises UserError for an unknown command."""
    line = line.strip()
    if not line.startswith("/"):
        return Say(text=line) if line else None
    name, _, value = line[1:].partition(" ")
    name, value = name.lower(), value.strip()
    if name == "lookahead":
        return LookAhead(draft=value)
    if name in _PLAIN and not (value and name in _WITH_VALUE):
        return _PLAIN[name][0]()
    if name not in _WITH_VALUE:
        raise UserError(f"there is no command /{name}", cure=nearest(name, {*_PLAIN, *_WITH_VALUE, *ASKED, "help"}))
    return _valued(name, value)


def _valued(name: str, value: str) -> Command:
    match name:
        case "say" if value in {str(number) for number in range(1, MOST_CANDIDATES + 1)}:
            return SayCandidate(number=int(value))
        case "mic":
            return ChooseMicrophone(device=value)
        case "speaker":
            return ChooseSpeaker(device=value)
        case "whisper" if value:
            return Whisper(text=value)
        case "mark":
            return MarkMoment(note=value)
        case "correct" if _CORRECTION.fullmatch(value):
            letter, level = value.upper().split()
            return CorrectRating(skill=_letter(letter), level=Level(int(level)))
        case "move" if value in {*Move, "none"}:
            return ChooseNextMove(move=None if value == "none" else Move(value))
        case "mode" if value in set(Mode):
            return SetMode(mode=Mode(value))
        case "patience" if value in set(Patience):
            return SetPatience(patience=Patience(value))
        case "difficulty" if value in {"1", "2", "3", "4", "5"}:
            return SetDifficulty(difficulty=int(value))
        case "skill" if value in set(Skill):
            return DeclareSkill(skill=Skill(value))
        case "skill" if value in {"", "none"}:
            return DeclareSkill(skill=None)
    raise UserError(f'/{name} does not know "{value}"', cure=f"choose: {_WITH_VALUE[name]}")


_CORRECTION = re.compile(r"[dearmncDEARMNC] +[012]")


def _letter(letter: str) -> Skill:
    """D, E, A (Assert), R, M, N, and C for Confident."""
    return next(skill for skill in Skill if skill.letter == letter)


def plan_note(line: str) -> tuple[Skill, str] | None:
    """The note in `/plan D the sink was full`; None for `/plan` alone. Raises UserError."""
    letter, _, note = line.partition(" ")[2].strip().partition(" ")
    if not letter:
        return None
    if letter.upper() not in {skill.letter for skill in Skill}:
        raise UserError(f'/plan does not know "{letter}"', cure="choose: D, E, A, R, M, C, N")
    return _letter(letter.upper()), note.strip()


def help_lines() -> list[str]:
    """All commands, one a line."""
    plain = [f"/{name}: {what}" for name, (_, what) in _PLAIN.items()]
    valued = [f"/{name} ...: {what}" for name, what in _WITH_VALUE.items()]
    asked = [f"/{name}: {what}" for name, what in ASKED.items()]
    return ["Speak, or type your turn and press Enter.", *plain, *valued, *asked, "/help: this list"]
