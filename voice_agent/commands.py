"""What a front end asks of a rehearsal. Verbs; plain data; in JSON `{"command": "Retake"}`."""

from __future__ import annotations

import msgspec

from voice_agent.dearman import Skill
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
    | ChooseMicrophone
    | ChooseSpeaker
    | GiveUp
    | End
)
