"""Undoes the last thing, for a command that was misheard or regretted."""

from __future__ import annotations

from voice_agent.commands import (
    Command,
    DeclareNextSkill,
    DeclareSkill,
    DropDraft,
    Pause,
    Resume,
    Retake,
    SetDifficulty,
    SetMode,
    SetPatience,
)
from voice_agent.rehearsal.talk import Talk


class Restore:
    """Let a turn count again that was taken back."""


def inverse(command: Command, talk: Talk) -> Command | Restore | None:
    """What undoes a command that is about to be carried out; None where nothing has to be kept for it."""
    match command:
        case SetMode():
            return SetMode(mode=talk.settings.mode)
        case SetPatience():
            return SetPatience(patience=talk.settings.patience)
        case SetDifficulty():
            return SetDifficulty(difficulty=talk.settings.difficulty)
        case DeclareSkill() | DeclareNextSkill():
            return DeclareSkill(skill=talk.declared)
        case Pause():
            return Resume()
        case Resume():
            return Pause()
        case Retake() | DropDraft():
            return Restore()
        case _:
            return None
