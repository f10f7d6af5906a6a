"""A partner that hesitates by its mood, and one that does not."""

from __future__ import annotations

import pytest

from tests.fakes.engines import ScriptedPartner
from tests.scenes import scene
from voice_agent.commands import Say
from voice_agent.conversation import PartnerEmotion, Stance
from voice_agent.events import PartnerSpoke, TalkState, TurnTimed
from voice_agent.partner.pausing import pause_before_s
from voice_agent.settings import Settings


@pytest.mark.parametrize(
    ("stance", "pause_s"),
    [
        (Stance(8.0), 0.5),
        (Stance(5.0), 0.2),
        (Stance(2.0), 0.0),
        (Stance(8.0, PartnerEmotion.HURT), 0.9),
        (Stance(9.0, PartnerEmotion.ANGRY), 0.0),
        (Stance(3.6, PartnerEmotion.WARM), 0.0),
    ],
)
def test_who_is_shut_hesitates_and_who_is_angry_or_warm_does_not(stance: Stance, pause_s: float) -> None:
    assert pause_before_s(stance) == pytest.approx(pause_s)


async def first_sample_s(*, stance_pauses: bool) -> float:
    partner = ScriptedPartner()
    settings = Settings(check_ins=False, difficulty=5, stance_pauses=stance_pauses)
    async with scene(settings=settings, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you please wash your dishes the same evening"))
        await talk.until_event(PartnerSpoke, 2)
        timed = talk.all(TurnTimed)[0]
        assert timed.first_sample_s is not None
        assert pause_before_s(partner.moments[0].stance) > 0.1
        return timed.first_sample_s - pause_before_s(partner.moments[0].stance) * stance_pauses


async def test_a_reply_sounds_later_by_the_pause_where_the_setting_asks_for_it() -> None:
    at_once, after_pause = await first_sample_s(stance_pauses=False), await first_sample_s(stance_pauses=True)
    assert after_pause == pytest.approx(at_once, abs=0.05)


async def test_a_partner_that_hesitates_can_still_be_withdrawn_unheard() -> None:
    partner = ScriptedPartner()
    settings = Settings(check_ins=False, difficulty=5, stance_pauses=True)
    async with scene(settings=settings, partner=partner) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you please wash your dishes"))
        await talk.until(lambda: partner.moments)
        talk.send(Say(text="tonight I mean"))
        await talk.until_event(PartnerSpoke, 2)
        assert partner.closed_early == 1
