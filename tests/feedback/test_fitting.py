"""A scenario's sentence is offered only where it fits the moment: nothing is answered that nobody said."""

from __future__ import annotations

import pytest

from voice_agent.conversation import Act, Reading
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.feedback.choosing import SoFar, skills_to_advise
from voice_agent.feedback.fitting import Scene, fact_fits, fits, scene

ASKED = SoFar(frozenset({Skill.ASSERT}))
TOLD = SoFar(frozenset({Skill.DESCRIBE}))


def at(so_far: SoFar | None = None, partner: str = "What is it?", said: str = "you never listen") -> Scene:
    return scene(so_far or SoFar(), ["the pans in the sink", "wash up the same night"], (partner,), (said,))


@pytest.mark.parametrize(
    ("text", "act", "skill", "now"),
    [
        ("I'm still asking for eight percent.", Act.REQUEST, Skill.ASSERT, at()),
        ("Can you at least do the pans?", Act.REQUEST, Skill.ASSERT, at()),
        ("If that's too early could you do the pans?", Act.REQUEST, Skill.ASSERT, at()),
        ("No, I can't wait until the quarter ends.", Act.REFUSE, Skill.MINDFUL, at()),
        ("I understand that work is crazy.", Act.REQUEST, Skill.MINDFUL, at()),
        ("Thank you for the oat milk.", Act.THANKS, Skill.REINFORCE, at(ASKED)),
        ("I felt embarrassed when it happened.", Act.EXPRESS, Skill.EXPRESS, at()),
        ("I felt embarrassed in front of the customer.", Act.EXPRESS, Skill.EXPRESS, at()),
        ("I'd like you to tell Okonjo.", Act.REQUEST, Skill.ASSERT, at()),
        ("So you'll wash up at night.", Act.REQUEST, Skill.ASSERT, at(ASKED)),
        ("I'm not paying until the sink is done.", Act.REFUSE, Skill.MINDFUL, at(ASKED)),
        ("How about every other night?", Act.OFFER, Skill.MINDFUL, at(ASKED)),
        (
            "Would you wash up the same night?",
            Act.REQUEST,
            Skill.ASSERT,
            at(said="would you wash up the same night ok"),
        ),
    ],
)
def test_what_does_not_fit_now_is_left_out(text: str, act: Act, skill: Skill, now: Scene) -> None:
    assert not fits(text, act, skill, now)


@pytest.mark.parametrize(
    ("text", "act", "skill", "now"),
    [
        ("Would you wash up the same night?", Act.REQUEST, Skill.ASSERT, at()),
        ("I'm still asking for eight percent.", Act.REQUEST, Skill.ASSERT, at(ASKED)),
        ("No, I can't wait until the quarter ends.", Act.REFUSE, Skill.MINDFUL, at(partner="When the quarter ends.")),
        ("I felt embarrassed when it happened.", Act.EXPRESS, Skill.EXPRESS, at(TOLD)),
        ("I felt embarrassed in front of the customer.", Act.EXPRESS, Skill.EXPRESS, at(partner="Which customer?")),
        ("How about every other night?", Act.OFFER, Skill.NEGOTIATE, at(ASKED)),
    ],
)
def test_what_fits_now_may_be_offered(text: str, act: Act, skill: Skill, now: Scene) -> None:
    assert fits(text, act, skill, now)


def test_a_fact_may_lean_on_another_only_once_something_was_told() -> None:
    assert not fact_fits("It began in February.", at())
    assert fact_fits("It began in February.", at(TOLD))
    assert fact_fits("Your hair blocks the drain; I cleared it three times.", at())


def read(act: Act, **levels: Level) -> Reading:
    every = {skill: levels.get(skill.value, Level.NONE) for skill in Skill}
    every |= {skill: Level.STRONG for skill in (Skill.MINDFUL, Skill.CONFIDENT) if skill.value not in levels}
    return Reading(ratings=Ratings.from_levels(every), acts=(act,), next_skill=Skill.REINFORCE, rater="t")


def test_a_gain_is_told_after_a_request_and_an_offer_after_an_answer_to_one() -> None:
    described = read(Act.DESCRIBE, describe=Level.STRONG)
    first = skills_to_advise(described, None, "on monday the pans were in the sink", SoFar())
    assert Skill.REINFORCE not in first
    assert Skill.NEGOTIATE not in first
    later = skills_to_advise(described, None, "on monday the pans were in the sink", ASKED)
    assert later[0] is Skill.REINFORCE
    assert Skill.ASSERT not in later, "it was asked for"


def test_a_threat_comes_first_whatever_else_fell_short() -> None:
    threatened = read(Act.THREAT, describe=Level.WEAK, mindful=Level.WEAK)
    assert skills_to_advise(threatened, None, "fix it or i'll call the landlord", SoFar())[0] is Skill.MINDFUL


def test_a_plain_request_and_a_counted_fact_are_not_called_weak() -> None:
    weak = read(Act.REQUEST, describe=Level.WEAK, **{"assert": Level.WEAK})
    plainly = skills_to_advise(weak, None, "on monday you left three pans and i would like them washed", SoFar())
    assert plainly[0] not in (Skill.DESCRIBE, Skill.ASSERT)
    hedged = skills_to_advise(weak, None, "maybe you could sort of wash up", SoFar())
    assert hedged[0] is Skill.DESCRIBE


def test_a_question_about_facts_wants_facts() -> None:
    asked = SoFar(frozenset({Skill.ASSERT}), partner_line="Which times? Name me one.")
    assert (
        skills_to_advise(read(Act.ANSWER), None, "the thing is i'd like to stay with this", asked)[0]
        is Skill.DESCRIBE
    )


def test_after_an_agreement_nothing_is_missing() -> None:
    settled = skills_to_advise(read(Act.THANKS), None, "that works for me thank you", ASKED)
    assert settled == [Skill.MINDFUL, Skill.CONFIDENT]
