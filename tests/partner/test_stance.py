"""The one rule by which a turn moves the partner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenes import situation
from voice_agent.conversation import Act, PartnerEmotion, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.trained import TrainedRater
from voice_agent.partner.stance import LARGEST_STEP, delivery_of, first_stance, moved

STRONG = (
    "on three evenings this week the dishes from your dinner were still in the sink in the morning. i feel worn out. "
    "would you wash your dishes the same evening? if we get this settled i'd be glad to have your friends over again"
)
ATTACK = "you are so lazy and selfish, you never do anything"
RATER = TrainedRater(shared_encoder())


def read(said: str) -> Reading:
    return RATER.read(RatedTurn(said=said, partner_line="", scenario=situation()))


def step(said: str, *, resistance: float = 6.0, difficulty: int = 3, earlier: tuple[str, ...] = ()) -> float:
    after, _ = moved(
        Stance(resistance), read(said), said, scenario=situation(), difficulty=difficulty, earlier=earlier
    )
    return after.resistance - resistance


@pytest.mark.parametrize("difficulty", range(1, 6))
def test_skill_softens_and_attacks_harden_at_every_difficulty(difficulty: int) -> None:
    assert step(STRONG, difficulty=difficulty) < -0.5
    assert step(ATTACK, difficulty=difficulty) > 0.5


def test_the_harder_the_partner_the_less_it_gives_and_the_more_it_takes_amiss() -> None:
    assert [step(STRONG, difficulty=d) for d in range(1, 6)] == sorted(
        step(STRONG, difficulty=d) for d in range(1, 6)
    )
    assert step(ATTACK, difficulty=5) > step(ATTACK, difficulty=1)
    starts = [first_stance(situation(), d).resistance for d in range(1, 6)]
    assert starts == sorted(starts)


def test_a_trigger_counts_less_the_second_time() -> None:
    said = "i really like your cooking"
    first = step(said)
    again = step(said, earlier=(said,))
    assert first < again < 0.01


def test_giving_in_is_no_blow_to_the_partner() -> None:
    assert step("fine i'll just do them myself") <= 0.1


def test_an_attack_hurts_a_gentle_partner_and_angers_a_plain_one() -> None:
    gentle = situation(**{"moves: [minimise, deflect]": "moves: [minimise, deflect]\n  manner: reserved"})
    for scenario, emotion in ((situation(), PartnerEmotion.ANGRY), (gentle, PartnerEmotion.HURT)):
        after, why = moved(Stance(6.0), read(ATTACK), ATTACK, scenario=scenario, difficulty=3)
        assert after.emotion is emotion
        assert "mindful none" in why[0]


@given(
    st.lists(st.sampled_from(Level), min_size=7, max_size=7),
    st.sampled_from(Act),
    st.floats(0, 10),
    st.integers(1, 5),
)
def test_stance_stays_in_its_range_and_moves_by_bounded_steps(
    levels: list[Level], act: Act, resistance: float, difficulty: int
) -> None:
    ratings = Ratings.from_levels(dict(zip(Skill, levels, strict=True)))
    reading = Reading(ratings=ratings, acts=(act,), next_skill=Skill.ASSERT, rater="test")
    after, _ = moved(Stance(resistance), reading, "words", scenario=situation(), difficulty=difficulty)
    assert 0 <= after.resistance <= 10
    assert abs(after.resistance - resistance) <= LARGEST_STEP + 0.01


def test_anger_sounds_faster_and_louder_than_hurt() -> None:
    angry = delivery_of(Stance(8, PartnerEmotion.ANGRY), situation())
    hurt = delivery_of(Stance(8, PartnerEmotion.HURT), situation())
    assert angry.rate > hurt.rate
    assert angry.volume > hurt.volume
