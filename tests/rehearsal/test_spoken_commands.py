"""Commands by voice: two ears must agree, whatever way the recognizer writes the words."""

from __future__ import annotations

import pytest

from tests.fakes.engines import FakeRecognizer
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import scene
from voice_agent.audio.protocols import Int16Array
from voice_agent.clock import Clock
from voice_agent.events import TalkState, TurnHeard, VoiceCommandHeard
from voice_agent.settings import Duplex, Settings
from voice_agent.speech.spoken_command import HeardCommand, SpokenCommand

FULL = Settings(check_ins=False, duplex=Duplex.FULL, difficulty=2)


class HearsPause:
    """An ear that takes everything for "pause"."""

    def understand(self, samples: Int16Array) -> HeardCommand | None:
        return HeardCommand(SpokenCommand.PAUSE)


@pytest.mark.parametrize(
    ("heard", "obeyed"), [("coach pause", True), ("Coach, pause.", True), ("I want a pause.", False)]
)
async def test_a_command_is_obeyed_when_dictation_heard_its_opening_word(heard: str, obeyed: bool) -> None:
    microphones: list[PlannedMicrophone] = []

    def plugged_in(clock: Clock) -> PlannedMicrophone:
        microphones.append(PlannedMicrophone(clock))
        return microphones[0]

    async with scene(
        settings=FULL, microphone=plugged_in, recognizer=FakeRecognizer([heard]), commands=HearsPause()
    ) as talk:
        await talk.until_state(TalkState.LISTENING)
        microphones[0].plan(0.8)
        await talk.until_event(VoiceCommandHeard if obeyed else TurnHeard)
        assert bool(talk.all(VoiceCommandHeard)) is obeyed
        assert (TalkState.PAUSED in talk.states()) is obeyed
