"""An interim reading of a turn by words and phrases, until a trained rater takes its place.

It follows the rubric's definitions as far as wording shows them and is honest about the rest: no confidence is
given, sarcasm and irony are not seen, and what is said in unusual words is missed. See docs/interim-rater.md
for what was measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.feedback import phrases
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.registry import EngineSpec

NAME = "interim 1"

_FILLERS = re.compile(
    r"\b(?:um+|uh+|er|erm|hmm+|you know|i mean"
    r"|(?<!feel )(?<!felt )(?<!would )(?<!i'd )like(?= (?:i|you|the|so|really|um|uh)\b))\b"
)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn made comparable: lower case, straight apostrophes, no punctuation, no fillers."""

    text: str
    words: int
    asks: bool
    shouts: bool


def _turn(said: str) -> _Turn:
    lower = said.lower().replace("\u2019", "'").replace(" '", "'")
    letters = [character for character in said if character.isalpha()]
    shouts = len(letters) > 8 and sum(map(str.isupper, letters)) > 0.8 * len(letters)
    plain = re.sub(r"[^\w' ]+", " ", lower)
    text = " ".join(_FILLERS.sub(" ", plain).split())
    return _Turn(text, len(text.split()), said.rstrip().endswith("?"), shouts or said.count("!") >= 3)


class InterimRater:
    """See `Rater`. Pure rules, well under a millisecond or two a turn."""

    name = NAME

    def read(self, turn: RatedTurn) -> Reading:
        said = _turn(turn.said)
        levels = _levels(said)
        acts = _acts(said, levels, turn.partner_line)
        levels[Skill.MINDFUL] = _mindful(said, acts, levels)
        levels[Skill.CONFIDENT] = _confident(said, acts)
        if Act.THREAT in acts:
            # Threats are an implied demand (rubric, finer cases).
            levels[Skill.ASSERT] = max(Level.WEAK, min(levels[Skill.ASSERT], Level.WEAK))
            levels[Skill.REINFORCE] = Level.WEAK
        ratings = Ratings.from_levels(levels)
        return Reading(ratings=ratings, acts=acts, next_skill=_next_skill(levels, acts, turn), rater=NAME)


def _graded(text: str, strong: phrases.Pattern, weak: phrases.Pattern) -> Level:
    if strong.search(text):
        return Level.STRONG
    return Level.WEAK if weak.search(text) else Level.NONE


def _levels(said: _Turn) -> dict[Skill, Level]:
    text = said.text
    levels = dict.fromkeys(Skill, Level.NONE)
    levels[Skill.DESCRIBE] = _describe(text)
    levels[Skill.EXPRESS] = _graded(text, phrases.EXPRESS_STRONG, phrases.EXPRESS_WEAK)
    if levels[Skill.EXPRESS] is Level.STRONG and phrases.EXPRESS_WEAK.search(text) and said.words < 12:
        levels[Skill.EXPRESS] = Level.WEAK
    levels[Skill.ASSERT] = _assert(text, said)
    levels[Skill.REINFORCE] = _graded(text, phrases.REINFORCE_STRONG, phrases.REINFORCE_WEAK)
    levels[Skill.NEGOTIATE] = _graded(text, phrases.NEGOTIATE_STRONG, phrases.NEGOTIATE_WEAK)
    if phrases.CONCEDE.search(text):
        levels[Skill.NEGOTIATE] = min(levels[Skill.NEGOTIATE], Level.WEAK)
    return levels


def _describe(text: str) -> Level:
    blames = phrases.DESCRIBE_BLAME.search(text) is not None
    what = phrases.DESCRIBE_WHAT.search(text) is not None
    when = phrases.DESCRIBE_WHEN.search(text) is not None
    if what and when:
        return Level.WEAK if blames else Level.STRONG
    return Level.WEAK if blames or (what and len(text.split()) > 6) else Level.NONE


def _assert(text: str, said: _Turn) -> Level:
    if phrases.CONCEDE.search(text) and not phrases.ASSERT_STRONG.search(text):
        return Level.NONE
    level = _graded(text, phrases.ASSERT_STRONG, phrases.ASSERT_WEAK)
    if level is Level.STRONG and (
        phrases.ASSERT_WEAK.search(text) or len(phrases.HEDGE.findall(text)) >= 2 or said.words < 5
    ):
        return Level.WEAK
    return level


def _acts(said: _Turn, levels: dict[Skill, Level], partner_line: str) -> tuple[Act, ...]:
    """What the turn does, most important first."""
    text = said.text
    if not text:
        return (Act.SILENCE,)
    if phrases.ASKS_IF_REAL.search(text):
        return (Act.ASKS_IF_REAL,)
    if phrases.LISTEN.search(text) and not partner_line.rstrip().endswith("?"):
        return (Act.LISTEN,)
    if phrases.GREETING.search(text):
        return (Act.GREETING,)
    found: list[Act] = []
    refuses = re.search(r"\b(?:no|not|can'?t|cannot|won'?t)\b", text) is not None
    asked = levels[Skill.ASSERT] > Level.NONE
    checks: list[tuple[Act, bool]] = [
        (Act.ATTACK, phrases.ATTACK.search(text) is not None or said.shouts),
        (Act.THREAT, phrases.THREAT.search(text) is not None),
        (Act.CONCEDE, phrases.CONCEDE.search(text) is not None),
        (Act.GOODBYE, phrases.GOODBYE.search(text) is not None and said.words < 14),
        (Act.REFUSE, asked and refuses and _says_no(text)),
        (Act.OFFER, levels[Skill.NEGOTIATE] is Level.STRONG),
        (Act.REQUEST, asked and not (refuses and _says_no(text))),
        (Act.AGREE, phrases.AGREE.search(text) is not None and said.words < 12 and not refuses),
        (Act.SMALL_TALK, phrases.SMALL_TALK.search(text) is not None and said.words < 14),
        (Act.QUESTION, not asked and (said.asks or phrases.QUESTION_START.search(text) is not None)),
        (Act.THANKS, phrases.THANKS.search(text) is not None and said.words < 12),
        (Act.REINFORCE, levels[Skill.REINFORCE] is Level.STRONG),
        (Act.ACKNOWLEDGE, phrases.ACKNOWLEDGE.search(text) is not None),
        (Act.EXPRESS, levels[Skill.EXPRESS] > Level.NONE),
        (Act.DESCRIBE, levels[Skill.DESCRIBE] > Level.NONE),
        (Act.APOLOGY, phrases.APOLOGY.search(text) is not None),
    ]
    found = [act for act, is_there in checks if is_there]
    if Act.APOLOGY in found and len(found) > 1 and said.words < 8 and found[0] in (Act.DESCRIBE, Act.EXPRESS):
        found = [Act.APOLOGY]
    if found:
        return tuple(found)
    if phrases.STOP_WORD_ONLY.search(text):
        return (Act.UNCLEAR,)
    if partner_line.rstrip().endswith("?"):
        return (Act.ANSWER,)
    return (Act.UNCLEAR,) if said.words == 1 else (Act.DESCRIBE,)


def _says_no(text: str) -> bool:
    return (
        re.search(
            r"\b(?:i (?:can'?t|cannot|won'?t|will not|don'?t want to)|i'?m not (?:going|able|available|willing)|"
            r"(?:my|the) answer is no|saying no|say no|no i)\b",
            text,
        )
        is not None
    )


def _mindful(said: _Turn, acts: tuple[Act, ...], levels: dict[Skill, Level]) -> Level:
    if Act.ATTACK in acts or Act.THREAT in acts or Act.CONCEDE in acts:
        return Level.NONE
    if phrases.SIDETRACK.search(said.text) or (levels[Skill.DESCRIBE] is Level.WEAK and _blames(said.text)):
        return Level.WEAK
    return Level.STRONG


def _blames(text: str) -> bool:
    return phrases.DESCRIBE_BLAME.search(text) is not None


def _confident(said: _Turn, acts: tuple[Act, ...]) -> Level:
    text = said.text
    if phrases.BEGGING.search(text) or phrases.SHOUT.search(text) or said.shouts or Act.CONCEDE in acts:
        return Level.NONE
    if Act.APOLOGY in acts or phrases.HEDGE.search(text):
        return Level.WEAK
    return Level.STRONG


def _next_skill(levels: dict[Skill, Level], acts: tuple[Act, ...], turn: RatedTurn) -> Skill:
    """The rubric's teaching order: state of mind when it slipped, then the first strategy that is missing."""
    if levels[Skill.MINDFUL] is Level.NONE or phrases.ATTACK.search(turn.partner_line.lower()):
        return Skill.MINDFUL
    if levels[Skill.CONFIDENT] < Level.STRONG:
        return Skill.CONFIDENT
    done = set()
    for earlier in (*turn.earlier, turn.said):
        earlier_levels = _levels(_turn(earlier))
        done |= {skill for skill, level in earlier_levels.items() if level is Level.STRONG}
    for skill in (Skill.DESCRIBE, Skill.EXPRESS, Skill.ASSERT, Skill.REINFORCE):
        if skill not in done:
            return skill
    return Skill.NEGOTIATE if Skill.NEGOTIATE not in done else Skill.MINDFUL


class InterimOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing to choose."""


def _open(options: InterimOptions) -> InterimRater:
    return InterimRater()


SPEC = EngineSpec(options=InterimOptions, open=_open)
