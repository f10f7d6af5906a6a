"""What the lanes tell the rehearsal."""

from __future__ import annotations

from dataclasses import dataclass

from voice_agent.audio.protocols import Int16Array, Loudness
from voice_agent.conversation import Move, Transcript
from voice_agent.errors import EngineError


@dataclass(frozen=True, slots=True)
class LevelRead:
    rms_dbfs: float
    peak_dbfs: float


@dataclass(frozen=True, slots=True)
class MicrophoneNoticed:
    """The microphone works, but badly: too quiet, clipping, dead."""

    category: str
    sentence: str
    cure: str


@dataclass(frozen=True, slots=True)
class MicrophoneEnded:
    """A recording is over and everything in it has been judged."""


@dataclass(frozen=True, slots=True)
class MicrophoneLost:
    error: EngineError


@dataclass(frozen=True, slots=True)
class RecognizerFailed:
    error: Exception


@dataclass(frozen=True, slots=True)
class BlocksDropped:
    """The recognizer fell behind by more than its queue holds."""

    blocks: int


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    pass


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """What began was no turn: too short, or no words in it."""


@dataclass(frozen=True, slots=True)
class WordsSoFar:
    text: str


@dataclass(frozen=True, slots=True)
class EndForeseen:
    """The turn may well be over: these are its words so far."""

    text: str


@dataclass(frozen=True, slots=True)
class WentOn:
    """The learner speaks again after an end that was foreseen."""


@dataclass(frozen=True, slots=True)
class PausedInside:
    """The learner went on after a silence inside a turn that nobody talked over."""

    pause_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPaused:
    """A provisional end: what needs the whole turn may begin; the learner may still go on."""

    start_sample: int
    samples: Int16Array
    """The turn's own sound so far, 16 kHz."""
    voiced_s: float


@dataclass(frozen=True, slots=True)
class PartnerYields:
    """Something sounds while the partner speaks: it is to be this loud until it is known what it was."""

    loudness: Loudness


@dataclass(frozen=True, slots=True)
class EchoStays:
    """The echo canceller can't take the loudspeaker out of the microphone."""


@dataclass(frozen=True, slots=True)
class BargedIn:
    """The learner surely speaks while the partner does; a turn has begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOver:
    """A committed end of turn with its final words."""

    transcript: Transcript
    audio: tuple[int, int]
    """[start, stop) in samples of the microphone's stream."""
    samples: Int16Array
    """The turn's own sound, 16 kHz."""
    voiced_s: float
    speech_ended_at_s: float
    committed_at_s: float
    words_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceSounded:
    """A sentence's first sample has left for the listener's ear."""

    turn: int
    index: int
    text: str
    began_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplySpoken:
    """The reply to a turn is over: heard to its end, or stopped."""

    turn: int
    heard: str
    intended: str
    """The whole reply as far as it was made."""
    rest: tuple[str, ...]
    """Sentences that were not heard whole."""
    move: Move | None
    complete: bool
    text_at_s: float | None
    """When the first text came."""
    sounded_at_s: float | None
    """When the first sample left."""


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    """The partner failed; what it had said until then was `spoken`."""

    spoken: ReplySpoken
    error: Exception


@dataclass(frozen=True, slots=True)
class VoiceLost:
    """The synthesizer or the speaker failed; the reply goes on as text."""

    error: Exception
    component: str


Signal = (
    LevelRead
    | MicrophoneNoticed
    | MicrophoneEnded
    | MicrophoneLost
    | RecognizerFailed
    | BlocksDropped
    | SpeechBegan
    | SpeechDismissed
    | WordsSoFar
    | EndForeseen
    | WentOn
    | PartnerYields
    | EchoStays
    | BargedIn
    | PausedInside
    | TurnPaused
    | TurnOver
    | SentenceSounded
    | ReplySpoken
    | ReplyFailed
    | VoiceLost
)
