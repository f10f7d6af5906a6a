"""A debrief as lines of plain text: for a terminal, a screen reader, or a page of the app."""

from __future__ import annotations

from collections.abc import Mapping

from voice_agent.dearman import Skill
from voice_agent.review.debrief import OWN, Debrief, Moment, TakesCompared
from voice_agent.review.thoughts import Guess, Revealed


def debrief_lines(told: Debrief) -> list[str]:
    """All but what the partner was thinking; see `revealed_lines`. An empty line stands before each heading."""
    lines = [f"{told.title}, with {told.partner}.", told.narrative]
    if told.source != OWN:
        lines.append(f"(Written by {told.source}.)")
    if told.skills:
        lines += ["", "Skills, turn by turn"]
        width = max(len(one.skill.full_name) for one in told.skills)
        lines += [
            f"{one.skill.full_name:<{width}}  {', '.join(level.word for level in one.levels)}"
            f" (strong in {one.strong} of {told.turns})"
            for one in told.skills
        ]
    if told.moved:
        lines += ["", "Before and after", *(one.sentence for one in told.moved)]
    if told.best is not None:
        lines += ["", "Your best turn", *_moment(told.best, told.partner)]
    if told.again is not None:
        lines += ["", "The turn to try again", *_moment(told.again, told.partner)]
    for compared in told.takes:
        lines += ["", "Your takes side by side", *_takes(compared, told.partner)]
    if told.voice:
        lines += ["", "Your voice, turn by turn"]
        lines += [
            f"{one.name}: {', '.join(f'{value:g}' for value in one.values)} {one.unit}; {one.sentence}."
            for one in told.voice
        ]
    if told.next_time is not None:
        lines += ["", "One thing for next time", told.next_time.sentence]
        if told.next_time.words:
            lines.append(f"Words to begin with: {told.next_time.words}")
    return lines


def revealed_lines(shown: Revealed, guesses: Mapping[str, str]) -> list[str]:
    """The person behind the answers, each guess beside what was so."""
    lines = ["", f"What {shown.name} did not say"]
    answers = {Guess.FEAR: shown.hidden_concern, Guess.WANT: shown.wants}
    titles = {Guess.FEAR: "Afraid of", Guess.WANT: "Wanted"}
    for guess in Guess:
        if guess.value in guesses:
            lines.append(f"You guessed: {guesses[guess.value]}")
        lines.append(f"{titles[guess]}: {answers[guess]}")
    lines += [f"Took to be true: {belief}" for belief in shown.beliefs]
    lines.append(f"How far {shown.name} could go: {shown.bottom_line}")
    if shown.thoughts:
        lines += ["", f"What {shown.name} was thinking"]
    for thought in shown.thoughts:
        lines += ["", f"Turn {thought.turn}. You: {thought.said}"]
        parts = [
            f"{shown.name} was {thought.mood}: resistance {thought.resistance_after:.1f} of 10, {thought.change}."
        ]
        if thought.landed:
            parts.append(f"What landed: {'; '.join(thought.landed)}.")
        if thought.pushed:
            parts.append(f"What pushed: {'; '.join(thought.pushed)}.")
        parts.append(f"Behind it: {thought.behind}")
        lines.append(" ".join(parts))
        if thought.answer:
            lines.append(f"{shown.name}: {thought.answer}")
    return lines


def _moment(moment: Moment, partner: str) -> list[str]:
    lines = [f"{partner}: {moment.partner_line}"] if moment.partner_line else []
    lines += [f"You: {moment.said}", moment.why]
    if moment.words:
        with_skill = f" ({moment.skill.full_name})" if moment.skill is not None else ""
        lines.append(f"You could say{with_skill}: {moment.words}")
    return lines


def _takes(compared: TakesCompared, partner: str) -> list[str]:
    lines = []
    for number, take in enumerate(compared.takes, start=1):
        strong = ", ".join(Skill(skill).full_name for skill in take.strong) or "nothing"
        stands = "" if take.stands else " (taken back)"
        lines.append(f'Take {number}{stands}: "{take.said}" Strong: {strong}. {partner}: {take.partner}.')
    return [*lines, compared.sentence]
