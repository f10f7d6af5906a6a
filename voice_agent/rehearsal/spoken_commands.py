"""The command that a spoken command stands for, in the talk as it is."""

from __future__ import annotations

from voice_agent.commands import (
    Breathe,
    Command,
    DeclareNextSkill,
    DeclareSkill,
    DropDraft,
    End,
    HearSuggestion,
    Interrupt,
    LookAhead,
    OpenCheckIn,
    Pause,
    Repeat,
    Resume,
    Retake,
    SaySuggestion,
    SendDraft,
    SetDifficulty,
    SetMode,
    SetPatience,
    Undo,
)
from voice_agent.dearman import Skill
from voice_agent.events import TalkState
from voice_agent.rehearsal.talk import Talk
from voice_agent.settings import Mode, Patience
from voice_agent.speech.spoken_command import SpokenCommand


def command_for(heard: SpokenCommand, talk: Talk) -> Command:
    """ "again" asks again in a check-in, drops a draft where there is one, and takes a turn back elsewhere."""
    difficulty = talk.settings.difficulty
    match heard:
        case SpokenCommand.PAUSE:
            return Pause()
        case SpokenCommand.RESUME:
            return Resume()
        case SpokenCommand.RETAKE:
            return Retake()
        case SpokenCommand.AGAIN if talk.state is TalkState.CHECK_IN:
            return Repeat()
        case SpokenCommand.AGAIN:
            return DropDraft() if talk.draft is not None else Retake()
        case SpokenCommand.SEND:
            return SendDraft()
        case SpokenCommand.STOP:
            return Interrupt()
        case SpokenCommand.END:
            return End()
        case SpokenCommand.REPEAT:
            return Repeat()
        case SpokenCommand.HARDER:
            return SetDifficulty(difficulty=min(5, difficulty + 1))
        case SpokenCommand.EASIER:
            return SetDifficulty(difficulty=max(1, difficulty - 1))
        case SpokenCommand.NEXT_SKILL:
            return DeclareNextSkill()
        case SpokenCommand.NO_SKILL:
            return DeclareSkill(skill=None)
        case SpokenCommand.SUGGESTION:
            return HearSuggestion()
        case SpokenCommand.LOOK_AHEAD:
            return LookAhead(aloud=True)
        case SpokenCommand.SAY_IT:
            return SaySuggestion()
        case SpokenCommand.BREATHE:
            return Breathe()
        case SpokenCommand.CHECK_IN:
            return OpenCheckIn()
        case SpokenCommand.FLOW | SpokenCommand.GATE:
            return SetMode(mode=Mode(heard.value))
        case SpokenCommand.QUICK | SpokenCommand.NORMAL | SpokenCommand.PATIENT:
            return SetPatience(patience=Patience(heard.value))
        case SpokenCommand.UNDO:
            return Undo()
        case _:
            return DeclareSkill(skill=Skill(heard.value))
