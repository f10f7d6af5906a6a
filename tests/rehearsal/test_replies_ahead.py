"""Replies prepared before a turn is surely over: kept, replaced or dropped, and never heard too early."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.engines import FakeRecognizer, FakeSynthesizer, ScriptedPartner
from tests.fakes.microphones import PlannedMicrophone
from tests.scenes import Scene, scene
from voice_agent.clock import Clock
from voice_agent.commands import Pause, Say, SetDifficulty
from voice_agent.conversation import Moment, ReplyPart, Transcript
from voice_agent.events import (
    Fault,
    PartnerSentence,
    PartnerSpoke,
    StanceChanged,
    TalkState,
    TurnHeard,
    TurnRated,
    TurnTimed,
)
from voice_agent.rehearsal.speculation import same_meaning
from voice_agent.settings import Mode, Patience, Settings

AHEAD = Settings(check_ins=False, difficulty=2, replies_ahead=3)
ASK = "would you please wash your dishes the same evening"


class GrowingRecognizer(FakeRecognizer):
    """Tells the given words of a segment while it is fed, and the same or others at its end."""

    def __init__(self, segments: list[str], finals: list[str] | None = None) -> None:
        super().__init__()
        self._segments = list(segments)
        self._finals = list(finals or segments)
        self._told = False

    def begin(self, *, continues: bool = False) -> None:
        self._told = False

    def feed(self, samples: object) -> str | None:
        if self._told or not self._segments:
            return None
        self._told = True
        return self._segments[0]

    def finish(self) -> Transcript:
        if self._segments:
            self._segments.pop(0)
        return Transcript(self._finals.pop(0) if self._finals else "")


def planned(*seconds: float) -> tuple[list[PlannedMicrophone], Callable[[Clock], PlannedMicrophone]]:
    made: list[PlannedMicrophone] = []

    def make(clock: Clock) -> PlannedMicrophone:
        made.append(PlannedMicrophone(clock))
        return made[0]

    return made, make


async def spoken(talk: Scene, made: list[PlannedMicrophone], *seconds: float) -> None:
    await talk.until_state(TalkState.LISTENING)
    made[0].plan(*seconds)


async def test_a_prepared_reply_is_the_one_that_sounds_and_begins_at_the_commit() -> None:
    made, make = planned()
    partner = ScriptedPartner(["Not tonight. Maybe tomorrow."])
    async with scene(settings=AHEAD, partner=partner, recognizer=GrowingRecognizer([ASK]), microphone=make) as talk:
        await spoken(talk, made, 1.5)
        timed = await talk.until_event(TurnTimed)
        assert len(partner.moments) == 1
        assert (timed.replies_ahead, timed.was_ahead) == (1, True)
        assert timed.first_sample_s is not None
        assert timed.first_sample_s <= 0.04, "the sound was ready"
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "Not tonight. Maybe tomorrow."


async def test_nothing_is_heard_or_told_before_the_commit() -> None:
    made, make = planned()
    partner, synthesizer = ScriptedPartner(["Not tonight."]), FakeSynthesizer()
    async with scene(
        settings=AHEAD,
        partner=partner,
        synthesizer=synthesizer,
        recognizer=GrowingRecognizer([ASK]),
        microphone=make,
    ) as talk:
        await spoken(talk, made, 1.5)
        await talk.until(lambda: "Not tonight." in synthesizer.spoken)
        kinds = [type(event) for event in talk.events()]
        assert TurnHeard not in kinds, "the reply was made before the turn was over"
        assert StanceChanged not in kinds
        assert TurnRated not in kinds
        assert kinds.count(PartnerSentence) == 2, "the opening's"


async def test_going_on_drops_the_reply_and_ends_the_partners_work() -> None:
    made, make = planned()
    partner = ScriptedPartner(["First answer."], hangs=True)
    recognizer = GrowingRecognizer(["i was washing up again this morning", "for the third time this week so " + ASK])
    async with scene(settings=AHEAD, partner=partner, recognizer=recognizer, microphone=make) as talk:
        await spoken(talk, made, 1.5, -0.7, 1.5)
        await talk.until(lambda: partner.moments and partner.closed_early == 1)
        assert not talk.all(TurnHeard)
        await talk.until_event(TurnHeard)
        assert talk.all(TurnHeard)[0].text.startswith("i was washing up again this morning for the third")
        assert len(talk.all(TurnHeard)) == 1


async def test_other_final_words_replace_the_reply() -> None:
    made, make = planned()
    partner = ScriptedPartner(["Wrong.", "Right."])
    recognizer = GrowingRecognizer(["you could wash dishes this evening"], [ASK])
    # Quick: the words so far are finished enough to answer before the last ones are known.
    quick = msgspec.structs.replace(AHEAD, patience=Patience.QUICK)
    async with scene(settings=quick, partner=partner, recognizer=recognizer, microphone=make) as talk:
        await spoken(talk, made, 1.5)
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "Right."
        assert [moment.said for moment in partner.moments] == ["you could wash dishes this evening", ASK]
        assert [exchange.said for exchange in talk.rehearsal.talk.exchanges][1:] == [ASK]


async def test_fillers_in_the_final_words_keep_the_reply() -> None:
    made, make = planned()
    partner = ScriptedPartner(["Fine."])
    recognizer = GrowingRecognizer([ASK], [f"um {ASK}"])
    async with scene(settings=AHEAD, partner=partner, recognizer=recognizer, microphone=make) as talk:
        await spoken(talk, made, 1.5)
        await talk.until_event(PartnerSpoke, 2)
        assert len(partner.moments) == 1
        assert talk.all(TurnHeard)[0].text == f"um {ASK}"


async def test_a_change_in_between_makes_the_reply_anew() -> None:
    made, make = planned()
    partner = ScriptedPartner(["Old.", "New."])
    async with scene(settings=AHEAD, partner=partner, recognizer=GrowingRecognizer([ASK]), microphone=make) as talk:
        await spoken(talk, made, 1.5)
        await talk.until(lambda: partner.moments)
        talk.send(SetDifficulty(difficulty=4))
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "New."
        assert [moment.difficulty for moment in partner.moments] == [2, 4]


@pytest.mark.parametrize("interruption", [Pause(), Say(text="no, wait")])
async def test_a_command_drops_the_reply(interruption: Pause | Say) -> None:
    made, make = planned()
    partner = ScriptedPartner(["First."], hangs=True)
    async with scene(settings=AHEAD, partner=partner, recognizer=GrowingRecognizer([ASK]), microphone=make) as talk:
        await spoken(talk, made, 1.5)
        await talk.until(lambda: partner.moments)
        talk.send(interruption)
        await talk.until(lambda: partner.closed_early == 1)


async def test_no_more_replies_are_begun_than_the_settings_allow() -> None:
    made, make = planned()
    partner = ScriptedPartner()
    words = ["we talked about it", "and you said yes", "and you said it again", "so i believed you", ASK]
    recognizer = GrowingRecognizer(words)
    # Silence alone ends turns here, so each pause may be the end and none is.
    async with scene(
        settings=AHEAD, partner=partner, recognizer=recognizer, microphone=make, judges_turns=False
    ) as talk:
        await spoken(talk, made, 1.0, -0.7, 1.0, -0.7, 1.0, -0.7, 1.0, -0.7, 1.0)
        timed = await talk.until_event(TurnTimed)
        assert timed.replies_ahead <= 3
        assert len(partner.moments) <= 4


@pytest.mark.parametrize(
    "settings",
    [
        Settings(check_ins=False, difficulty=2),
        Settings(check_ins=False, difficulty=2, replies_ahead=3, mode=Mode.GATE),
    ],
    ids=["switched off", "gate"],
)
async def test_without_leave_nothing_is_prepared(settings: Settings) -> None:
    made, make = planned()
    partner = ScriptedPartner()
    async with scene(
        settings=settings, partner=partner, recognizer=GrowingRecognizer([ASK]), microphone=make
    ) as talk:
        await spoken(talk, made, 1.5)
        await talk.until_event(TurnHeard)
        assert not partner.moments


class AskedWhen(ScriptedPartner):
    """Notes whether the turn that it is to answer was over."""

    talk: Scene

    def __init__(self) -> None:
        super().__init__()
        self.ahead: list[bool] = []

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        self.ahead.append(self.talk.rehearsal.talk.pending is None)
        async for part in super().reply(moment):
            yield part


@pytest.mark.parametrize(("words", "is_ahead"), [("coach take that back", 0), ("i want to kill myself", 0), (ASK, 1)])
async def test_a_command_or_a_crisis_is_no_cause_to_answer(words: str, is_ahead: int) -> None:
    made, make = planned()
    partner = AskedWhen()
    async with scene(settings=AHEAD, partner=partner, recognizer=GrowingRecognizer([words]), microphone=make) as talk:
        partner.talk = talk
        await spoken(talk, made, 1.5)
        await talk.until_event(TurnHeard)
        assert sum(partner.ahead) == is_ahead


async def test_a_partner_that_fails_ahead_is_told_once_and_only_if_it_matters() -> None:
    made, make = planned()
    stand_in = ScriptedPartner(["In its place."])
    async with scene(
        settings=AHEAD,
        partner=ScriptedPartner(fails=True),
        stand_in_partner=stand_in,
        recognizer=GrowingRecognizer([ASK]),
        microphone=make,
    ) as talk:
        await spoken(talk, made, 1.5)
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "In its place."
        assert [fault.component for fault in talk.all(Fault)] == ["partner"]


@given(st.lists(st.sampled_from(["um", "uh", "please", "wash", "the", "dishes", "no"]), max_size=8))
def test_fillers_and_marks_never_change_the_meaning_and_words_do(words: list[str]) -> None:
    said = " ".join(words)
    assert same_meaning(said, f"Um, {said.upper()}... uh")
    assert not same_meaning(said, f"{said} never")
