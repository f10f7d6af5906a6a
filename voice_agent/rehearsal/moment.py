"""What the partner sees of a turn: the same for a turn that is said, one that is only tried, and self-play."""

from __future__ import annotations

import zlib

from voice_agent.conversation import Act, Moment, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.partner.stance import moved
from voice_agent.rehearsal.talk import Talk


def next_moment(
    talk: Talk, turn: int, said: str, reading: Reading | None, *, chance: str = ""
) -> tuple[Moment, tuple[str, ...]]:
    """The moment in which the partner answers, and what moved its stance, largest first. Changes nothing.

    reading: None when the rater failed: then nothing moves. chance: another text, another choice among answers
    that fit about as well; the same talk, turn and chance give the same answer.
    """
    stance = talk.stance
    why: tuple[str, ...] = ()
    difficulty = talk.settings.difficulty
    if reading is not None:
        stance, why = moved(
            stance, reading, said, scenario=talk.scenario, difficulty=difficulty, earlier=talk.said_before
        )
    moment = Moment(
        said=said,
        reading=reading or _UNREAD,
        stance=stance,
        history=tuple(talk.exchanges),
        already_said=frozenset(talk.already_said),
        difficulty=difficulty,
        seed=zlib.crc32(f"{talk.seed}:{turn}{chance}".encode()),
        wanted_move=talk.next_move,
    )
    return moment, why


_UNREAD = Reading(
    ratings=Ratings.from_levels(dict.fromkeys(Skill, Level.NONE)),
    acts=(Act.DESCRIBE,),
    next_skill=Skill.DESCRIBE,
    rater="none",
)
"""What the partner goes by when the rater failed: something was told; it moves no stance."""
