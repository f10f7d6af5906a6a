"""The partner on a chat server: in role, guarded, and replaced when the server fails."""

from __future__ import annotations

import asyncio
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.chat_server import Reply, chat_server, streamed
from tests.fakes.engines import ScriptedPartner
from tests.scenes import scene
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.chat.options import ChatOptions
from voice_agent.chat.server import ChatServer
from voice_agent.commands import Say
from voice_agent.conversation import Act, Exchange, Moment, PartnerEmotion, Reading, Stance
from voice_agent.dearman import Level, Ratings, Skill
from voice_agent.errors import EngineError
from voice_agent.events import Fault, PartnerSpoke, TalkState
from voice_agent.partner import llm_partner
from voice_agent.partner.llm_guard import MOST_SENTENCES, Guard
from voice_agent.partner.llm_partner import LlmPartner
from voice_agent.partner.llm_prompt import messages, untold
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.partner.talk_memory import BUDGET_CHARS, SUMMARY_CHARS, remembered
from voice_agent.pipeline.stages import open_engines
from voice_agent.settings import Settings
from voice_agent.worker import WorkCounter

DISHES = load_scenario("roommate-dishes")
AUTHORED = RepertoryPartner(DISHES, shared_lines())
OFFLINE = load_pipeline("offline")
QUIET = Settings(check_ins=False, difficulty=2)


def moment(
    said: str = "would you wash up tonight", act: Act = Act.REQUEST, resistance: float = 8.0, past: int = 0
) -> Moment:
    reading = Reading(
        ratings=Ratings.from_levels(dict.fromkeys(Skill, Level.NONE)), acts=(act,), next_skill=Skill.ASSERT, rater="t"
    )
    history = tuple(Exchange(turn=i, said=f"turn {i}", reading=None, answer=f"answer {i}") for i in range(past))
    return Moment(
        said=said,
        reading=reading,
        stance=Stance(resistance, PartnerEmotion.IRRITATED),
        history=history,
        already_said=frozenset({"It's a couple of pans."}),
        difficulty=3,
        seed=1,
    )


async def reply(url: str, asked: Moment) -> list[str]:
    options = ChatOptions(base_url=url, model="m", first_token_s=0.5, next_token_s=0.4, whole_s=3)
    partner = LlmPartner(ChatServer(options, component="partner"), DISHES, AUTHORED)
    try:
        return [part.text.strip() async for part in partner.reply(asked)]
    finally:
        await partner.close()


@pytest.mark.loopback
async def test_sentences_come_as_they_are_whole() -> None:
    async with chat_server(Reply(streamed("No. I worked eleven hours today. Ask me tomorrow.", 5))) as server:
        assert await reply(server.url, moment()) == ["No.", "I worked eleven hours today.", "Ask me tomorrow."]


@pytest.mark.loopback
async def test_an_answer_without_a_sentence_in_time_is_left_to_the_authored_partner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(llm_partner, "FIRST_SENTENCE_S", 0.3)
    drip = Reply(["I ", "worked ", "eleven ", "hours ", "and ", "so ", "on. "] * 3, gap_s=0.2)
    async with chat_server(drip) as server:
        with pytest.raises(EngineError, match="no sentence came"):
            await reply(server.url, moment())
    late_rest = Reply(["I am tired. ", "And ", "I ", "want ", "to ", "sit. "], gap_s=0.15)
    async with chat_server(late_rest) as server:
        assert await reply(server.url, moment()) == ["I am tired.", "And I want to sit."]


@pytest.mark.loopback
@pytest.mark.parametrize(("written", "says_stop"), [("no punctuation at all", True), ("I am tired.", False)])
async def test_an_answer_is_whole_when_the_server_or_its_words_say_so(written: str, says_stop: bool) -> None:
    async with chat_server(Reply(streamed(written), says_stop=says_stop)) as server:
        assert await reply(server.url, moment()) == [written]


@pytest.mark.loopback
async def test_asked_in_earnest_the_authored_lines_answer() -> None:
    async with chat_server(Reply(streamed("Of course I am a real human being."))) as server:
        told = " ".join(await reply(server.url, moment("are you a real person", Act.ASKS_IF_REAL)))
        assert not server.requests
    assert told
    assert "real human" not in told


@pytest.mark.loopback
@pytest.mark.parametrize(
    "reply_",
    [
        Reply(status=500),
        Reply(status=401),
        Reply(status=404),
        Reply(status=429),
        Reply(silent_s=5),
        Reply(["I worked ", "eleven"], breaks_off=True),
        Reply(streamed("I worked eleven hours today and I am tired", 1), gap_s=0.3),
        Reply([]),
        Reply(streamed("As an AI language model I cannot play this.")),
        Reply(raw=b"x"),
    ],
)
async def test_what_fails_is_an_error_with_a_cure(reply_: Reply) -> None:
    async with chat_server(reply_) as server:
        with pytest.raises(EngineError) as told:
            await reply(server.url, moment())
    assert told.value.cure


def guarded(text: str, size: int = 7) -> list[str]:
    guard = Guard("Sam", frozenset({"It's a couple of pans."}))
    found = [sentence.strip() for piece in streamed(text, size) for sentence in guard.feed(piece)]
    return found if guard.is_done else found + [sentence.strip() for sentence in guard.finish()]


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Sam: I'm tired. *sighs* Leave it.", ["I'm tired.", "Leave it."]),
        ("(shrugs) Whatever. [angry] Fine.", ["Whatever.", "Fine."]),
        ("**No.** I said _no_.", ["No.", "I said no."]),
        ("I'm sorry, as an AI I can't do this. It's late.", ["It's late."]),
        ("You could try saying how you feel. I don't care.", ["I don't care."]),
        ("Great use of assertiveness! Hm.", ["Hm."]),
        ("I hear you.\nYou: thanks Sam\nSam: sure.", ["I hear you."]),
        ("It's a couple of pans. And yours?", ["And yours?"]),
        ("One. Two. Three. Four. Five.", ["One.", "Two.", "Three."]),
        ("My resistance 8 of 10 says no. No.", ["No."]),
        ("1. No dishes.\n2. No rules.", ["No dishes.", "No rules."]),
        ("no punctuation at all", ["no punctuation at all"]),
        ("\x1b[31mRed\x1b[0m. \u202eback.", ["Red.", "back."]),
        ("Sam sighs and looks away. Not now.", ["Not now."]),
        ("He rolls his eyes, slowly. Whatever.", ["Whatever."]),
        ('"Not now," Sam says, turning away. "I am tired."', ["I am tired."]),
        ("He sighs like a tire. I can't ask him.", ["He sighs like a tire.", "I can't ask him."]),
        ("I hear you.\n\nOther person: Thanks.\nSam: Sure.", ["I hear you."]),
        ("I hear you. **You**: thanks.", ["I hear you."]),
        ("I hear you. You say: I'm sorry. Hm.", ["I hear you.", "Hm."]),
        ("I'm just a character in this simulation. Hm.", ["Hm."]),
        ("I cannot assist with that. Hm.", ["Hm."]),
        ("I'm not a real person. Hm.", ["Hm."]),
        ("You are such an idiot, you know. Hm.", ["Hm."]),
        ("I'm going to hurt you if you go on. Hm.", ["Hm."]),
        ("Try using an I statement next time. Hm.", ["Hm."]),
    ],
)
def test_only_what_a_person_would_say_is_let_through(written: str, spoken: list[str]) -> None:
    assert guarded(written) == spoken
    assert guarded(written, 1) == spoken


@given(st.text(max_size=400), st.integers(1, 40))
def test_any_text_gives_few_clean_sentences(text: str, size: int) -> None:
    found = guarded(text, size)
    assert len(found) <= MOST_SENTENCES
    assert all("\n" not in sentence and "*" not in sentence and "\x1b" not in sentence for sentence in found)


@pytest.mark.parametrize(
    "written",
    ["Okay, I'll do the dishes tonight.", "You're absolutely right.", "You make a good point, I was wrong.", "Deal!",
     "I\u2019ll take care of it.", "Fine, we can make a plan for the kitchen.", "I will wash them tonight.",
     "Yes, I will.", "Absolutely, that's fair.", "I'd be happy to."],
)  # fmt: skip
def test_nobody_goes_soft_before_the_stance_has(written: str) -> None:
    hard = Guard("Sam", frozenset(), may_give_way=False)
    assert list(hard.feed(f"{written} ")) + list(hard.finish()) == []
    assert hard.refused == ["gave way without a reason"]
    soft = Guard("Sam", frozenset(), may_give_way=True)
    assert [line.strip() for line in [*soft.feed(f"{written} "), *soft.finish()]] == [written]


@pytest.mark.parametrize(
    ("said", "again", "is_heard"),
    [
        ("I worked eleven hours today and I want to sit down.", "I worked eleven hours today, and I want to sit down now.", False),
        ("I worked eleven hours today and I want to sit down.", "I worked until nine and nobody thanked me for it.", True),
        ("No. I am tired of this talk about pans.", "I am tired of this talk about pans.", False),
        ("I know that.", "I know that.", True),
    ],
)  # fmt: skip
def test_nobody_says_the_same_again_in_almost_the_same_words(said: str, again: str, is_heard: bool) -> None:
    guard = Guard("Sam", frozenset({said}))
    assert bool([*guard.feed(again), *guard.finish()]) is is_heard


@pytest.mark.loopback
async def test_an_answer_out_of_role_is_asked_for_once_more() -> None:
    good = Reply(streamed("I worked eleven hours today."))
    async with chat_server(Reply(streamed("Okay, I'll do the dishes tonight.")), good) as server:
        assert await reply(server.url, moment()) == ["I worked eleven hours today."]
        assert "gave way" in str(server.requests[1]["messages"][-1])  # type: ignore[index]


def recited(written: str, *, resistance: float = 8.0, may_give_way: bool = False) -> list[str]:
    told = untold(DISHES, moment(resistance=resistance), may_give_way=may_give_way)
    guard = Guard("Sam", frozenset(), told=told)
    return [line.strip() for line in [*guard.feed(f"{written} "), *guard.finish()]]


@pytest.mark.parametrize(
    "written",
    [
        "You play Sam, your roommate of eight months, in a rehearsal of a hard conversation.",
        "Rules: speak only as this person, in plain spoken English, one to three sentences.",
        "Invent no facts about the other person.",
        "You are not convinced. You may ask back, doubt, or give an inch, but you do not agree yet.",
    ],
)
def test_what_the_model_was_told_is_never_recited(written: str) -> None:
    assert not {"rules", "rehearsal", "invent", "inch"} & set(
        " ".join(recited(written, resistance=5.0)).lower().split()
    )


def test_what_the_partner_fears_is_not_given_away_before_it_softens() -> None:
    fear = DISHES.partner.hidden_concern
    assert recited(fear) == []
    assert recited(fear, may_give_way=True) == [fear]


def test_what_both_know_may_be_said() -> None:
    fact = DISHES.learner.facts[0]
    assert " ".join(recited(fact)) == fact


def test_hardly_an_authored_line_is_refused() -> None:
    lines, taken = 0, []
    for name in scenario_files():
        scenario = load_scenario(name)
        told = untold(scenario, moment(), may_give_way=True)
        for line in scenario.lines:
            lines += 1
            guard = Guard(scenario.partner.name, frozenset(), told=told)
            list(guard.feed(f"{line.say} ")), list(guard.finish())
            taken += [line.say] * bool(set(guard.refused) - {"said before"})
    assert len(taken) <= lines / 200, taken


@pytest.mark.loopback
@pytest.mark.parametrize("size", [1, 5, 200])
async def test_what_a_model_thinks_aloud_is_not_said(size: int) -> None:
    written = "<think>\nI should deflect. Resistance is high.\n</think>\n\nNot tonight. I'm tired."
    async with chat_server(Reply(streamed(written, size))) as server:
        assert await reply(server.url, moment()) == ["Not tonight.", "I'm tired."]


@pytest.mark.loopback
async def test_an_answer_that_was_only_thought_is_one_error_with_a_cure() -> None:
    async with chat_server(Reply(streamed("<think>It goes on. And on. And on."))) as server:
        with pytest.raises(EngineError, match="thought aloud and gave no answer") as told:
            await reply(server.url, moment())
    assert "thinking" in told.value.cure
    assert len(server.requests) == 1


def exchange(
    turn: int, said: str, describe: Level = Level.NONE, act: Act = Act.SMALL_TALK, answer: str = ""
) -> Exchange:
    levels = {**dict.fromkeys(Skill, Level.NONE), Skill.DESCRIBE: describe}
    reading = Reading(ratings=Ratings.from_levels(levels), acts=(act,), next_skill=Skill.ASSERT, rater="t")
    return Exchange(turn=turn, said=said, reading=reading, answer=answer or f"answer {turn}")


def test_of_a_long_talk_the_facts_are_kept_within_a_budget() -> None:
    fact = "on monday the fourth you left three pans in the sink"
    history = [exchange(0, fact, Level.STRONG, Act.DESCRIBE)]
    history += [exchange(i, f"well you know how it is with turn {i} " + "and so on " * 12) for i in range(1, 80)]
    told = remembered(history)
    assert fact in told[0].content
    assert sum(len(message.content) for message in told) <= BUDGET_CHARS + SUMMARY_CHARS + 200
    assert told[-1].content == "answer 79"


def test_one_very_long_turn_does_not_burst_the_budget() -> None:
    history = [exchange(i, "word " * 2_000, answer="no " * 100) for i in range(12)]
    assert sum(len(message.content) for message in remembered(history)) <= BUDGET_CHARS + SUMMARY_CHARS + 1_500


def test_the_beginning_of_a_request_stays_the_same_for_some_turns() -> None:
    talk = [exchange(i, f"turn {i}") for i in range(40)]
    changes = 0
    for count in range(1, 40):
        before, after = remembered(talk[:count]), remembered(talk[: count + 1])
        changes += after[: len(before)] != before
    assert changes <= 8


def test_the_prompt_keeps_its_beginning_and_ends_with_the_stage_direction() -> None:
    first, later = messages(DISHES, moment()), messages(DISHES, moment(resistance=2.0, past=20))
    assert first[0] == later[0]
    assert DISHES.partner.hidden_concern in first[0].content
    assert "do not give way" in first[-1].content
    assert "have softened" in later[-1].content
    assert "turn 3" in later[1].content
    assert sum(len(message.content) for message in later) < 9_000
    assert [message.role for message in first[-2:]] == ["user", "system"]


async def test_when_the_server_fails_the_authored_partner_answers_in_its_place() -> None:
    stand_in = ScriptedPartner(["I am still Sam."])
    async with scene(settings=QUIET, partner=ScriptedPartner(fails=True), stand_in_partner=stand_in) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you wash up tonight"))
        spoke = await talk.until_event(PartnerSpoke, 2)
        assert spoke.text == "I am still Sam."
        faults = [fault for fault in talk.all(Fault) if fault.component == "partner"]
        assert len(faults) == 1
        assert "authored partner" in faults[0].done


async def test_after_three_failures_the_server_is_left_alone() -> None:
    failing, stand_in = ScriptedPartner(fails=True), ScriptedPartner()
    async with scene(settings=QUIET, partner=failing, stand_in_partner=stand_in) as talk:
        await talk.until_state(TalkState.LISTENING)
        for count in range(1, 6):
            talk.send(Say(text=f"would you wash up tonight {count}"))
            await talk.until_event(PartnerSpoke, count + 1)
            await talk.until_state(TalkState.LISTENING, count + 1)
        assert len(stand_in.moments) == 5
        assert len(failing.moments) <= 3


def test_the_first_clause_comes_before_its_sentence_is_whole() -> None:
    guard = Guard("Sam", frozenset())
    assert list(guard.feed("Sam: Well, I only just came in, and ")) == ["Well, I only just came in, "]
    assert list(guard.feed("now you start, really? ")) == ["and now you start, really? "]


@pytest.mark.parametrize(
    "begins",
    [
        "As an AI I can't do that, sorry ",
        "*sighs and sits down, slowly* ",
        "It's a couple of pans, honestly ",
        "Oh well, you ",
    ],
    ids=["out of role", "an aside", "said before", "too short"],
)
def test_a_doubtful_or_short_beginning_waits_for_its_sentence(begins: str) -> None:
    guard = Guard("Sam", frozenset({"It's a couple of pans, honestly."}))
    assert not list(guard.feed(begins))


async def test_without_a_stand_in_the_turn_waits_to_be_said_again() -> None:
    failing = ScriptedPartner(fails=True)
    async with scene(settings=QUIET, partner=failing, stand_in_partner=failing) as talk:
        await talk.until_state(TalkState.LISTENING)
        talk.send(Say(text="would you wash up tonight"))
        fault = await talk.until_event(Fault)
        assert "kept" in fault.done
        await talk.until_state(TalkState.LISTENING, 2)


@pytest.mark.parametrize("wanted", [True, False])
async def test_whether_the_authored_partner_stands_in_is_an_option(wanted: bool) -> None:
    server = {"engine": "openai", "base_url": "http://127.0.0.1:9/v1", "stand_in": wanted}
    plan = msgspec.structs.replace(OFFLINE, partner=server)
    opened = partial(open_engines, plan, DISHES, counter=WorkCounter(), hears=False, speaks=False)
    engines = await asyncio.to_thread(opened)
    try:
        assert (engines.stand_in_partner is engines.partner) is not wanted
        assert not engines.faults
    finally:
        await engines.close()
