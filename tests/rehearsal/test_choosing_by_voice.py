"""Before a talk, by voice alone: a situation is chosen by its number, or told and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.fakes.engines import FakeRecognizer, LoudBlocks, ScriptedPartner
from tests.fakes.microphones import PlannedMicrophone
from tests.rehearsal.test_hands_free import PlannedAnswers, QuickVoice
from tests.scenes import situation
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.cli.conduct import keep_own
from voice_agent.clock import VirtualClock
from voice_agent.feedback.bank import shipped_bank
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.local_advisor import LocalAdvisor
from voice_agent.feedback.trained import TrainedRater
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal.choosing import choose_situation
from voice_agent.rehearsal.voice_dialog import STEERING_WORDS, VoiceDialog, voice_dialog
from voice_agent.speech.spoken_command import Asked
from voice_agent.worker import WorkCounter

SITUATIONS = [
    situation(),
    situation(**{"id: dishes": "id: raise", "Dishes in the sink": "The raise", "domain: social": "domain: work"}),
]


class PoliteMicrophone(PlannedMicrophone):
    """Speaks for a second whenever it is listened to."""

    def hold(self, *, held: bool) -> None:
        self._blocks.clear()
        if not held:
            self.plan(-0.5, 1.0, -8.0)


@asynccontextmanager
async def dialog(
    dictated: Sequence[str], by_grammar: Sequence[str | None]
) -> AsyncIterator[tuple[VoiceDialog, QuickVoice, PlannedAnswers]]:
    """dictated, by_grammar: what each ear makes of one answer after another."""
    counter = WorkCounter()
    clock, coach, answers = VirtualClock(counter), QuickVoice(), PlannedAnswers(by_grammar)
    speaker, partner = SilentSpeaker(clock), ScriptedPartner()
    await speaker.open()
    local = LocalAdvisor(shared_encoder(), shipped_bank())
    engines = Engines(
        activity=LoudBlocks(),
        recognizer=FakeRecognizer(dictated),
        partner=partner,
        stand_in_partner=partner,
        synthesizer=QuickVoice(),
        rater=TrainedRater(shared_encoder()),
        advisor=local,
        stand_in_advisor=local,
        commands=None,
        answers=answers,
        coach=coach,
        counter=counter,
    )
    ticking = asyncio.create_task(clock.run())
    try:
        async with asyncio.timeout(60), voice_dialog(engines, PoliteMicrophone(clock), speaker, clock) as one:
            yield one, coach, answers
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await engines.close()


def refuse(told: dict[str, Any]) -> Any:
    raise AssertionError(told)


async def test_a_situation_is_chosen_by_its_number() -> None:
    async with dialog([""] * 4, ["nine", "two", "number one"]) as (one, coach, _):
        chosen = await choose_situation(one, SITUATIONS, refuse)
    assert chosen is SITUATIONS[0]
    assert "I did not understand that." in coach.spoken
    assert any("Dishes in the sink, difficulty" in words for words in coach.spoken)


async def test_leaving_by_voice_chooses_nothing() -> None:
    async with dialog([""] * 2, ["leave"]) as (one, coach, _):
        assert await choose_situation(one, SITUATIONS, refuse) is None
    assert "Goodbye." in coach.spoken


async def test_an_own_situation_is_told_by_voice_read_back_and_kept(home: Path) -> None:
    said = [
        ("", "three"),
        ("diana", None), ("", "coach go back"), ("dana", None),
        ("my selfish boss", None), ("my manager for two years", None),
        ("", "number one"),
        ("on monday dana laughed at my report before the team", None), ("", "coach that's all"),
        ("", "coach leave"), ("", "no"),
        ("dana tells me criticism in private", None),
        ("criticism before the team", None),
        ("tell me in private first", None),
        ("", "coach skip"),
        ("", "two"),
        ("it was only a joke", None), ("", "coach that's all"),
        *[("", "coach skip")] * 4,
        ("", "four"), ("", "one"), ("", "three"),
        ("", "yes"),
    ]  # fmt: skip
    # A sentence is not looked at by the ear for words that steer.
    by_grammar = [heard for words, heard in said if len(words.split()) <= STEERING_WORDS]
    async with dialog([words for words, _ in said], by_grammar) as (one, coach, answers):
        chosen = await choose_situation(one, SITUATIONS, keep_own)
    assert chosen is not None
    kept = await asyncio.to_thread(load_scenario, "dana-criticism-before-the-team")
    assert chosen == kept
    assert (kept.partner.name, kept.partner.relationship) == ("Dana", "your manager for two years")
    assert kept.difficulty == 4
    assert "It was only a joke." in [line.say for line in kept.lines]
    told = " ".join(coach.spoken)
    assert 'selfish" says what they are like' in told
    assert "Diana." in told, "what was understood is told back"
    assert "You talk with Dana, my manager for two years, about criticism before the team." in told
    assert "Leave, and forget what you told? Say: yes, or no." in coach.spoken
    assert Asked.TOLD in answers.asked
