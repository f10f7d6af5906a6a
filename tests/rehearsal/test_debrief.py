"""What is said at the end."""

from __future__ import annotations

from tests.scenes import Scene, scene
from voice_agent.commands import End, RecordCheckIn, Retake, Say
from voice_agent.emotions import CheckIn, Feeling
from voice_agent.events import CheckInDue, PartnerSpoke, SessionEnded, TalkState, TurnWithdrawn
from voice_agent.rehearsal.debrief import debrief
from voice_agent.settings import Settings

ASK = "would you please wash your dishes the same evening"


async def turn(talk: Scene, words: str, count: int) -> None:
    talk.send(Say(text=words))
    await talk.until_event(PartnerSpoke, count)
    await talk.until_state(TalkState.LISTENING, count)


async def test_it_tells_turns_the_strongest_one_and_what_changed() -> None:
    async with scene(settings=Settings(difficulty=2)) as talk:
        await talk.until_event(CheckInDue)
        talk.send(RecordCheckIn(check_in=CheckIn(feelings={Feeling.FEAR: 7}, self_efficacy=30)))
        await talk.until_state(TalkState.LISTENING)
        await turn(talk, "you idiot you never do anything", 2)
        talk.send(Retake())
        await talk.until_event(TurnWithdrawn)
        talk.send(Say(text=ASK))
        await talk.until_event(PartnerSpoke, 3)
        talk.send(End())
        await talk.until_event(CheckInDue, 2)
        talk.send(RecordCheckIn(check_in=CheckIn(feelings={Feeling.FEAR: 4}, self_efficacy=55)))
        await talk.until_event(SessionEnded)
        told = "\n".join(debrief(talk.rehearsal.talk))
        assert "You took 1 turn." in told
        assert f'Your strongest turn: "{ASK}"' in told
        assert "idiot" not in told
        assert "Confidence: 30 before, 55 after." in told
        assert "Fear: 7 before, 4 after." in told


async def test_a_talk_without_turns_says_so() -> None:
    async with scene() as talk:
        await talk.until_state(TalkState.LISTENING)
        assert debrief(talk.rehearsal.talk) == ["Nothing was rated in this talk."]
