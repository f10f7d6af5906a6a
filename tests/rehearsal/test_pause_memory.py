"""What is learnt of a learner's pauses, and what is not."""

from __future__ import annotations

import pytest

from tests.fakes.engines import FakeRecognizer
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import scene
from voice_agent.catalog.profile import Profile, load_profile, save_profile
from voice_agent.clock import Clock
from voice_agent.commands import GiveUp
from voice_agent.events import PartnerSentence, PartnerSpoke, TalkState, TurnHeard
from voice_agent.prosody import PauseProfile, SpeechBaseline
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.pause_memory import PauseMemory
from voice_agent.settings import Duplex, Settings

UNFINISHED = ["i felt hurt because", "you said that in front of everybody"]


class Recorded(PlannedMicrophone):
    is_live = False


@pytest.mark.parametrize(
    ("microphone", "learnt"), [(PlannedMicrophone, 1), (Recorded, 0)], ids=["person", "recording"]
)
async def test_a_persons_pause_inside_a_turn_is_kept_with_the_profile(
    microphone: type[PlannedMicrophone], learnt: int
) -> None:
    made: list[PlannedMicrophone] = []

    def make(clock: Clock) -> PlannedMicrophone:
        made.append(microphone(clock))
        return made[0]

    async with scene(microphone=make, recognizer=FakeRecognizer(UNFINISHED)) as talk:
        await talk.until_state(TalkState.LISTENING)
        made[0].plan(0.8, -0.8, 0.8)
        await talk.until_event(TurnHeard)
        talk.rehearsal.send(GiveUp())
        await talk.until_state(TalkState.ENDED)
    kept = load_profile().pauses.lengths_s
    assert len(kept) == learnt
    assert all(length == pytest.approx(0.8, abs=0.05) for length in kept)


async def test_nothing_is_learnt_from_a_turn_that_began_over_the_partners_voice() -> None:
    made: list[PlannedMicrophone] = []

    def make(clock: Clock) -> PlannedMicrophone:
        made.append(PlannedMicrophone(clock))
        return made[0]

    settings = Settings(check_ins=False, difficulty=2, duplex=Duplex.FULL)
    async with scene(microphone=make, recognizer=FakeRecognizer(UNFINISHED), settings=settings) as talk:
        await talk.until_event(PartnerSentence)
        made[0].plan(1.2, -0.8, 0.8)
        await talk.until_event(TurnHeard)
        await talk.until_event(PartnerSpoke, 2)
        talk.rehearsal.send(GiveUp())
        await talk.until_state(TalkState.ENDED)
    assert load_profile().pauses == PauseProfile()


def test_what_was_forgotten_during_a_talk_stays_forgotten() -> None:
    before = PauseProfile(lengths_s=(2.0,) * 30)
    save_profile(Profile(pauses=before))
    memory = PauseMemory(before)
    assert memory.stretch > 1.5
    memory.heard(0.5)
    save_profile(Profile(was_welcomed=True))
    memory.save()
    assert load_profile() == Profile(was_welcomed=True, pauses=PauseProfile(lengths_s=(0.5,)))


def test_a_silence_that_is_no_pause_writes_nothing() -> None:
    memory = PauseMemory(PauseProfile())
    memory.heard(0.05)
    memory.heard(30.0)
    memory.save()
    assert load_profile() == Profile()


def test_a_synthetic_learner_is_not_held_against_the_users_voice_and_pauses() -> None:
    save_profile(Profile(baseline=SpeechBaseline(syllables_per_s=4), pauses=PauseProfile(lengths_s=(2.0,))))
    assert load_background().baseline == SpeechBaseline(syllables_per_s=4)
    other = load_background(of_user=False)
    assert (other.baseline, other.pauses) == (None, PauseProfile())
    assert other.help_lines == load_background().help_lines
