"""What a front end asks of a rehearsal. Verbs; plain data; in JSON `{"command": "Retake"}`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from voice_agent.candidate import MOST_CANDIDATES
from voice_agent.conversation import Move
from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.scenario import Difficulty
from voice_agent.settings import Mode, Patience


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="command", forbid_unknown_fields=True):
    pass


class Say(_Command, frozen=True, kw_only=True, tag=True):
    """A turn that is typed instead of spoken."""

    text: str


class StartTalking(_Command, frozen=True, kw_only=True, tag=True):
    """The talk key goes down (push-to-talk), or the learner announces a turn."""


class StopTalking(_Command, frozen=True, kw_only=True, tag=True):
    """The talk key goes up: the turn is over, whatever the patience."""


class SendDraft(_Command, frozen=True, kw_only=True, tag=True):
    """Gate: let the partner hear the draft."""


class DropDraft(_Command, frozen=True, kw_only=True, tag=True):
    """Gate: say it again; the draft stays in the session as a take."""


class Retake(_Command, frozen=True, kw_only=True, tag=True):
    """Take the last turn back: partner, stance and talk return to before it."""


class Pause(_Command, frozen=True, kw_only=True, tag=True):
    pass


class Resume(_Command, frozen=True, kw_only=True, tag=True):
    pass


class Interrupt(_Command, frozen=True, kw_only=True, tag=True):
    """Stop the partner in the middle of a word."""


class Repeat(_Command, frozen=True, kw_only=True, tag=True):
    """Let the partner's last line be heard again."""


class DeclareSkill(_Command, frozen=True, kw_only=True, tag=True):
    """The skill that the next turn means to use; None takes it back."""

    skill: Skill | None


class SetMode(_Command, frozen=True, kw_only=True, tag=True):
    mode: Mode


class SetPatience(_Command, frozen=True, kw_only=True, tag=True):
    patience: Patience


class SetDifficulty(_Command, frozen=True, kw_only=True, tag=True):
    difficulty: Difficulty


class RecordCheckIn(_Command, frozen=True, kw_only=True, tag=True):
    """Answers the check-in that is due."""

    check_in: CheckIn


class AnswerCheckIn(_Command, frozen=True, kw_only=True, tag=True):
    """Answers the question of the check-in that stands, in words; empty skips it."""

    text: str


class OpenCheckIn(_Command, frozen=True, kw_only=True, tag=True):
    """Ask how I feel now; the talk goes on afterwards."""


class HearSuggestion(_Command, frozen=True, kw_only=True, tag=True):
    """Let the coach read its last suggestion aloud."""


class SaySuggestion(_Command, frozen=True, kw_only=True, tag=True):
    """The partner hears the suggested words in the learner's place."""


class LookAhead(_Command, frozen=True, kw_only=True, tag=True):
    """Try a few wordings on the partner, without saying any: `LookedAhead` answers."""

    draft: str = ""
    """The learner's own words, where they are typed; else the draft that waits, or the turn taken back."""
    aloud: bool = False
    """Let the coach read what it finds."""


class SayCandidate(_Command, frozen=True, kw_only=True, tag=True):
    """The partner hears one of the wordings that were tried, in the learner's place."""

    number: Annotated[int, msgspec.Meta(ge=1, le=MOST_CANDIDATES)]


class DeclareNextSkill(_Command, frozen=True, kw_only=True, tag=True):
    """The next turn means to use the skill that would help most now."""


class Breathe(_Command, frozen=True, kw_only=True, tag=True):
    """A minute of paced breathing; the talk is paused meanwhile."""


class StopBreathing(_Command, frozen=True, kw_only=True, tag=True):
    """Back to the pause before the minute is over."""


class Undo(_Command, frozen=True, kw_only=True, tag=True):
    """Undo the last command, or take the last turn back."""


class MakePlan(_Command, frozen=True, kw_only=True, tag=True):
    """Notes for what to say, one for each skill that has any; replaces the plan."""

    notes: dict[Skill, str]


class Whisper(_Command, frozen=True, kw_only=True, tag=True):
    """A hint of a coach at the table: only the panel shows it."""

    text: str


class MarkMoment(_Command, frozen=True, kw_only=True, tag=True):
    """A coach at the table marks the last turn to talk about later."""

    note: str = ""


class CorrectRating(_Command, frozen=True, kw_only=True, tag=True):
    """A coach at the table rates a skill of the last turn otherwise; it goes to the bank."""

    skill: Skill
    level: Level


class ChooseNextMove(_Command, frozen=True, kw_only=True, tag=True):
    """A coach at the table chooses what the partner does next; None leaves it to the partner."""

    move: Move | None


class SkipCheckIn(_Command, frozen=True, kw_only=True, tag=True):
    pass


class ChooseMicrophone(_Command, frozen=True, kw_only=True, tag=True):
    """Go on with another microphone: a device's name or number."""

    device: str


class ChooseSpeaker(_Command, frozen=True, kw_only=True, tag=True):
    device: str


class GiveUp(_Command, frozen=True, kw_only=True, tag=True):
    """Leave the talk now, without a closing check-in."""


class End(_Command, frozen=True, kw_only=True, tag=True):
    """End the talk; the closing check-in follows."""


Command = (
    Say
    | StartTalking
    | StopTalking
    | SendDraft
    | DropDraft
    | Retake
    | Pause
    | Resume
    | Interrupt
    | Repeat
    | DeclareSkill
    | SetMode
    | SetPatience
    | SetDifficulty
    | RecordCheckIn
    | SkipCheckIn
    | AnswerCheckIn
    | OpenCheckIn
    | HearSuggestion
    | SaySuggestion
    | LookAhead
    | SayCandidate
    | DeclareNextSkill
    | Breathe
    | StopBreathing
    | Undo
    | MakePlan
    | Whisper
    | MarkMoment
    | CorrectRating
    | ChooseNextMove
    | ChooseMicrophone
    | ChooseSpeaker
    | GiveUp
    | End
)
