"""What lists and progress need of a session, small enough to read ten thousand of them at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from voice_agent.dearman import Skill
from voice_agent.emotions import Feeling, Intensity, SelfEfficacy, TrialItem
from voice_agent.events import CheckInTime, EndReason, Stamped
from voice_agent.scenario import Domain
from voice_agent.sessions.story import Story, Take, story_of, strong_in

DIGEST_VERSION = 1
"""Grows with any change here: stored digests of another version are made again."""


class Digest(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Counts and answers; no words of the talk."""

    turns: int = 0
    """Turns of the learner with words in them, withdrawn ones included."""
    difficulty: int = 0
    """Mean of the counted turns, rounded; as set at the end where there are none."""
    domain: Domain | None = None
    counted: int = 0
    """Rated turns that stand."""
    strong: tuple[int, ...] = ()
    """Of the counted turns, those in which each skill was strong; in the order of `Skill`."""
    first: int = 0
    """Rated first tries in the learner's own words."""
    first_strong: tuple[int, ...] = ()
    efficacy: tuple[SelfEfficacy | None, SelfEfficacy | None] = (None, None)
    """Before and after."""
    feelings_before: dict[Feeling, Intensity] = {}
    feelings_after: dict[Feeling, Intensity] = {}
    trial_before: dict[TrialItem, int] = {}
    trial_after: dict[TrialItem, int] = {}
    distress: int = 0
    """Times that something sounded hard for the learner."""
    crisis: bool = False
    softened: float | None = None
    """By how much the partner's resistance fell, 0 to 10; negative where it rose."""
    reason: EndReason | None = None
    length_s: float = 0.0
    readable: bool = True
    """False where events can't be read: a newer program wrote them, or they are damaged."""

    def strong_of(self, skill: Skill) -> int:
        return self.strong[_PLACE[skill]] if self.strong else 0

    def first_strong_of(self, skill: Skill) -> int:
        return self.first_strong[_PLACE[skill]] if self.first_strong else 0


_PLACE = {skill: place for place, skill in enumerate(Skill)}


def digest_of(stored: Sequence[Stamped]) -> Digest:
    """Raises UserError when the events don't begin a session."""
    return digest_of_story(story_of(stored))


def digest_of_story(story: Story) -> Digest:
    counted, first = story.counted, story.first_takes
    before, after = story.check_in(CheckInTime.START), story.check_in(CheckInTime.END)
    moved = [take for take in story.takes if take.withdrawn is None and take.before and take.after]
    return Digest(
        turns=sum(bool(take.said) for take in story.takes),
        difficulty=_difficulty(counted, story),
        domain=story.scenario.domain,
        counted=len(counted),
        strong=tuple(strong_in(counted, skill) for skill in Skill),
        first=len(first),
        first_strong=tuple(strong_in(first, skill) for skill in Skill),
        efficacy=(before.self_efficacy if before else None, after.self_efficacy if after else None),
        feelings_before=before.feelings if before else {},
        feelings_after=after.feelings if after else {},
        trial_before=before.trial if before else {},
        trial_after=after.trial if after else {},
        distress=sum(bool(take.distress) for take in story.takes),
        crisis=story.crisis is not None,
        softened=_softened(moved),
        reason=story.ended.reason if story.ended else None,
        length_s=round(story.length_s, 1),
    )


def _difficulty(counted: list[Take], story: Story) -> int:
    if not counted:
        return story.settings.difficulty
    return round(sum(take.difficulty for take in counted) / len(counted))


def _softened(moved: list[Take]) -> float | None:
    if not moved:
        return None
    first, last = moved[0].before, moved[-1].after
    assert first is not None
    assert last is not None
    return round(first.resistance - last.resistance, 2)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[Digest])


def digest_to_json(digest: Digest) -> str:
    return _encoder.encode(digest).decode()


def digests_from_json(bodies: Sequence[str]) -> list[Digest]:
    """All in one go, which is twice as fast. Raises msgspec.MsgspecError."""
    return _decoder.decode(f"[{','.join(bodies)}]")
