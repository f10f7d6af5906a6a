"""What a rehearsal came to: what moved, the best turn, the one to try again, takes compared, one thing for next time.

From the stored events alone; the process counts, not who won (IMBUE's experts: winning while losing one's calm is a
poor outcome).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from voice_agent.dearman import Level, Skill
from voice_agent.emotions import CheckIn
from voice_agent.events import CheckInTime, EndReason
from voice_agent.review.thoughts import Revealed, change_in_words, revealed
from voice_agent.review.voice_over_time import VoiceMeasure, voice_over_time
from voice_agent.sessions.story import Story, Take, strong_in
from voice_agent.settings import Arm


class SkillByTurn(msgspec.Struct, frozen=True, kw_only=True):
    """One skill in the turns that stand."""

    skill: Skill
    levels: tuple[Level, ...]
    strong: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A feeling, or the confidence, before and after; None where it was not named."""

    name: str
    before: int | None
    after: int | None
    most: int
    """The upper end of its scale."""
    is_pleasant: bool

    @property
    def sentence(self) -> str:
        if self.before is None:
            return f"{self.name}: not named before, {self.after} of {self.most} after."
        if self.after is None:
            return f"{self.name}: {self.before} of {self.most} before, not named after."
        return f"{self.name}: {self.before} before, {self.after} after (of {self.most})."


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A turn worth looking at."""

    turn: int
    partner_line: str
    """What the partner had said before it."""
    said: str
    why: str
    skill: Skill | None = None
    """What the better words use."""
    words: str = ""
    """Words to say instead; empty where the coach had none."""


class TakeShown(msgspec.Struct, frozen=True, kw_only=True):
    """One of several tries at the same moment."""

    turn: int
    said: str
    strong: tuple[Skill, ...]
    partner: str
    """What it did to the partner, in words."""
    stands: bool
    """Whether it is the one that the talk went on from."""


class TakesCompared(msgspec.Struct, frozen=True, kw_only=True):
    takes: tuple[TakeShown, ...]
    sentence: str


class NextTime(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to practise."""

    skill: Skill
    sentence: str
    words: str = ""


OWN = "this program"
"""Who wrote a narrative, where no language model did."""


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is told after a rehearsal."""

    session: str
    scenario: str
    title: str
    partner: str
    goal: str
    began: datetime
    length_s: float
    difficulty: int
    ended: EndReason | None
    turns: int
    """Rated turns that stand."""
    taken_back: int
    narrative: str
    source: str = OWN
    """Who wrote the narrative."""
    skills: tuple[SkillByTurn, ...] = ()
    turn_numbers: tuple[int, ...] = ()
    """Of the levels above."""
    moved: tuple[Moved, ...] = ()
    best: Moment | None = None
    again: Moment | None = None
    takes: tuple[TakesCompared, ...] = ()
    voice: tuple[VoiceMeasure, ...] = ()
    resistance: tuple[float, ...] = ()
    """The partner's, 0 to 10: before the first turn that stands, and after each."""
    next_time: NextTime | None = None
    revealed: Revealed | None = None
    shows_feedback: bool = True
    """False in a trial's arm without feedback: then nothing about the turns is told."""


def debrief_of(story: Story) -> Debrief:
    """The whole debrief. A talk that ended for care's sake, or an arm without feedback, gets none of the ratings."""
    counted = story.counted
    feedback = story.settings.arm is Arm.FEEDBACK and story.crisis is None
    told = Debrief(
        session=story.session,
        scenario=story.scenario.id,
        title=story.scenario.title,
        partner=story.scenario.partner.name,
        goal=story.scenario.learner.goal,
        began=story.began,
        length_s=round(story.length_s, 1),
        difficulty=story.settings.difficulty,
        ended=story.ended.reason if story.ended else None,
        turns=len(counted),
        taken_back=sum(take.withdrawn is not None and bool(take.said) for take in story.takes),
        narrative="",
        moved=moved_between(story.check_in(CheckInTime.START), story.check_in(CheckInTime.END)),
        shows_feedback=feedback,
    )
    if feedback and counted:
        best, again = _best(story), _again(story)
        told = msgspec.structs.replace(
            told,
            skills=tuple(
                SkillByTurn(skill=s, levels=tuple(t.level(s) for t in counted), strong=strong_in(counted, s))
                for s in Skill
            ),
            turn_numbers=tuple(take.turn for take in counted),
            best=best,
            again=again if again is None or best is None or again.turn != best.turn else None,
            takes=tuple(_compared(chain) for chain in story.chains()),
            voice=voice_over_time(counted),
            resistance=_resistance(counted),
            next_time=_next_time(counted),
            revealed=revealed(story),
        )
    return msgspec.structs.replace(told, narrative=_narrative(told, story))


def moved_between(before: CheckIn | None, after: CheckIn | None) -> tuple[Moved, ...]:
    """Confidence and feelings of two check-ins, whatever was named in either."""
    start, end = before or CheckIn(), after or CheckIn()
    found = []
    if start.self_efficacy is not None or end.self_efficacy is not None:
        found.append(
            Moved(name="Confidence", before=start.self_efficacy, after=end.self_efficacy, most=100, is_pleasant=True)
        )
    for feeling in dict.fromkeys((*start.feelings, *end.feelings)):
        one, other = start.feelings.get(feeling), end.feelings.get(feeling)
        name = feeling.value.capitalize()
        found.append(Moved(name=name, before=one, after=other, most=10, is_pleasant=feeling.is_pleasant))
    for item in dict.fromkeys((*start.trial, *end.trial)):
        is_pleasant = item.value in ("confidence", "hope", "motivation")
        one, other = start.trial.get(item), end.trial.get(item)
        name = item.value.capitalize()
        found.append(Moved(name=name, before=one, after=other, most=7, is_pleasant=is_pleasant))
    return tuple(found)


def _best(story: Story) -> Moment | None:
    counted = story.counted
    best = max(counted, key=lambda take: (take.strength, -_step(take), -take.turn))
    strong = _strong(best)
    if not strong:
        return None
    why = f"Strong: {_names(strong)}."
    if (moved := _step(best)) <= -0.05:
        why += f" {story.scenario.partner.name} {change_in_words(moved)}."
    return Moment(turn=best.turn, partner_line=_before(story, best), said=best.said, why=why)


def _again(story: Story) -> Moment | None:
    """The turn that cost most; one that hardened the partner before one that was only weak."""
    counted = story.counted
    worst = min(counted, key=lambda take: (take.strength - 2 * max(0.0, _step(take)), take.turn))
    lost = [s for s in Skill if s.is_state_of_mind and worst.level(s) is not Level.STRONG]
    has_words = worst.advice is not None and bool(worst.advice.words)
    if not lost and not has_words and _step(worst) <= 0:
        return None
    why = worst.advice.reason if worst.advice is not None else f"{_names(lost)} could be stronger."
    if (moved := _step(worst)) >= 0.05:
        why = f"{story.scenario.partner.name} {change_in_words(moved)}. {why}"
    return Moment(
        turn=worst.turn,
        partner_line=_before(story, worst),
        said=worst.said,
        why=why,
        skill=worst.advice.skill if worst.advice is not None else None,
        words=worst.advice.words if worst.advice is not None else "",
    )


def _before(story: Story, take: Take) -> str:
    line = story.opening
    for earlier in story.takes:
        if earlier.turn >= take.turn:
            break
        if earlier.counts:
            line = earlier.answer
    return line


def _step(take: Take) -> float:
    """By how much it moved the partner's resistance."""
    return take.after.resistance - take.before.resistance if take.before and take.after else 0.0


def _strong(take: Take) -> tuple[Skill, ...]:
    return tuple(skill for skill in Skill if take.level(skill) is Level.STRONG)


def _names(skills: tuple[Skill, ...] | list[Skill]) -> str:
    return ", ".join(skill.full_name for skill in skills)


def _compared(chain: list[Take]) -> TakesCompared:
    shown = tuple(
        TakeShown(
            turn=take.turn,
            said=take.said,
            strong=_strong(take),
            partner=change_in_words(_step(take)) if take.after is not None else "did not hear it",
            stands=take.counts,
        )
        for take in chain
    )
    first, last = chain[0], chain[-1]
    up = [s for s in Skill if last.level(s) > first.level(s)]
    down = [s for s in Skill if last.level(s) < first.level(s)]
    parts = [f"{_names(up)} went up" if up else "", f"{_names(down)} went down" if down else ""]
    told = "; ".join(part for part in parts if part) or "the ratings are the same"
    return TakesCompared(takes=shown, sentence=f"From the first take to the last: {told}.")


def _resistance(counted: list[Take]) -> tuple[float, ...]:
    moved = [(take.before, take.after) for take in counted if take.before and take.after]
    if not moved:
        return ()
    return (moved[0][0].resistance, *(after.resistance for _, after in moved))


def _next_time(counted: list[Take]) -> NextTime:
    """A state of mind that was lost comes first; else the strategy that the coach asked for most and got least."""
    count = len(counted)
    for skill in (Skill.MINDFUL, Skill.CONFIDENT):
        strong = strong_in(counted, skill)
        if 2 * strong < count:
            return _one_thing(skill, strong, counted)
    asked = [
        take.advice.skill for take in counted if take.advice is not None and not take.advice.skill.is_state_of_mind
    ]
    strategies = [skill for skill in Skill if not skill.is_state_of_mind]
    chosen = min(strategies, key=lambda s: (strong_in(counted, s) - 0.5 * asked.count(s), strategies.index(s)))
    return _one_thing(chosen, strong_in(counted, chosen), counted)


def _one_thing(skill: Skill, strong: int, counted: list[Take]) -> NextTime:
    words = next(
        (t.advice.words for t in reversed(counted) if t.advice and t.advice.skill is skill and t.advice.words), ""
    )
    return NextTime(
        skill=skill, sentence=f"{skill.full_name}: it was strong in {strong} of {len(counted)} turns.", words=words
    )


def _narrative(told: Debrief, story: Story) -> str:
    """A few plain sentences from the data."""
    if story.crisis is not None:
        return "The practice stopped for your sake. What was said is not a matter for ratings."
    if not told.shows_feedback:
        return f"You took {_turns(len(story.counted))}. This session belongs to a trial that shows no feedback."
    if not told.turns:
        return "Nothing was rated in this talk."
    lines = [f"You took {_turns(told.turns)} with {told.partner}."]
    if told.taken_back:
        lines.append(f"You said {_turns(told.taken_back)} again, or took them back.")
    mindful = next(one for one in told.skills if one.skill is Skill.MINDFUL)
    lines.append(f"You stayed with what you came for in {mindful.strong} of {told.turns}.")
    if len(told.resistance) > 1:
        change = told.resistance[-1] - told.resistance[0]
        lines.append(f"From beginning to end {told.partner} {_was(change_in_words(change))}.")
    counted = story.counted
    if len(counted) >= 4:
        half = len(counted) // 2
        before, after = (sum(t.strength for t in part) / half for part in (counted[:half], counted[-half:]))
        if after > before + 0.5:
            lines.append("Your second half was stronger than the first.")
        elif after < before - 0.5:
            lines.append("It got harder to keep up in the second half.")
    lines += [_moved_sentence(one) for one in told.moved if one.name == "Confidence" and _moved_sentence(one)]
    return " ".join(lines)


def _was(change: str) -> str:
    return f"was {change}" if change == "unmoved" else change


def _moved_sentence(one: Moved) -> str:
    if one.before is None or one.after is None:
        return ""
    if one.before == one.after:
        return f"Your confidence stayed at {one.after} of {one.most}."
    return f"Your confidence went from {one.before} to {one.after} of {one.most}."


def _turns(count: int) -> str:
    return f"{count} {'turn' if count == 1 else 'turns'}"
