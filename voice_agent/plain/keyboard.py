"""Typed lines as commands: words are a turn, a slash begins a command."""

from __future__ import annotations

from collections.abc import Callable

from voice_agent.commands import (
    ChooseMicrophone,
    ChooseSpeaker,
    Command,
    DeclareSkill,
    DropDraft,
    End,
    GiveUp,
    Interrupt,
    Pause,
    Repeat,
    Resume,
    Retake,
    Say,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    StartTalking,
    StopTalking,
)
from voice_agent.dearman import Skill
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
    "end": (End, "end the talk, with the closing check-in"),
    "quit": (GiveUp, "leave the talk without the closing check-in"),
}
_WITH_VALUE = {
    "skill": "a skill for your next turn: describe, express, assert, reinforce, mindful, confident, negotiate; none",
    "mode": "flow (the partner answers at once) or gate (you see the rating first)",
    "patience": "quick, normal, patient, push-to-talk, over",
    "difficulty": "1 to 5",
    "mic": "choose another microphone by name or number",
    "speaker": "choose another speaker by name or number",
}


def command_of(line: str) -> Command | None:
    """The command for a typed line; None for an empty one. Raises UserError for an unknown command."""
    line = line.strip()
    if not line.startswith("/"):
        return Say(text=line) if line else None
    name, _, value = line[1:].partition(" ")
    name, value = name.lower(), value.strip()
    if name in _PLAIN:
        return _PLAIN[name][0]()
    if name not in _WITH_VALUE:
        raise UserError(f"there is no command /{name}", cure=nearest(name, {*_PLAIN, *_WITH_VALUE, "help"}))
    return _valued(name, value)


def _valued(name: str, value: str) -> Command:
    match name:
        case "mic":
            return ChooseMicrophone(device=value)
        case "speaker":
            return ChooseSpeaker(device=value)
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


def help_lines() -> list[str]:
    """All commands, one a line."""
    plain = [f"/{name}: {what}" for name, (_, what) in _PLAIN.items()]
    valued = [f"/{name} ...: {what}" for name, what in _WITH_VALUE.items()]
    return ["Speak, or type your turn and press Enter.", *plain, *valued, "/help: this list"]
