"""Simulated learners: what they say, and that their talks can be repeated."""

from __future__ import annotations

import asyncio
from asyncio import to_thread
from functools import cache

import pytest

from tests.fakes.chat_server import Reply, chat_server, streamed
from tests.fakes.engines import ScriptedPartner
from tests.scenes import situation
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.chat.options import ChatOptions
from voice_agent.chat.server import ChatServer
from voice_agent.conversation import Act, Move
from voice_agent.dearman import Level, Skill
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.trained import TrainedRater
from voice_agent.partner.llm_partner import LlmPartner
from voice_agent.partner.protocols import Partner
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.selfplay.learner import LearnerSkill
from voice_agent.selfplay.material import Material, material_of
from voice_agent.selfplay.played import PlayedTalk
from voice_agent.selfplay.run import Order, play_all
from voice_agent.selfplay.talk import play

DISHES = load_scenario("roommate-dishes")


@cache
def material() -> Material:
    return material_of(DISHES)


def talk(skill: LearnerSkill, seed: int = 1, *, turns: int = 8, partner: Partner | None = None) -> PlayedTalk:
    partner = partner or RepertoryPartner(DISHES, shared_lines())
    rater = TrainedRater(shared_encoder())
    return asyncio.run(play(DISHES, skill, material(), partner, rater, seed=seed, turns=turns))


def test_what_can_be_said_is_the_situations_and_sorted_by_skill() -> None:
    found = material()
    for skill, lines in found.by_skill.items():
        assert all(line.level(skill) is Level.STRONG for line in lines)
    assert any("pans were in the sink" in line.text for line in found.by_skill[Skill.DESCRIBE])
    assert any(line.text == "You are such a slob." for line in found.heated)
    assert any(line.does(Act.CONCEDE) for line in found.meek)
    strong = {line.text for lines in found.by_skill.values() for line in lines}
    assert strong.isdisjoint(line.text for line in (*found.heated, *found.meek))


def test_the_same_seed_gives_the_same_talk_and_another_seed_another() -> None:
    first, again, other = talk(LearnerSkill.MIXED), talk(LearnerSkill.MIXED), talk(LearnerSkill.MIXED, 2)
    assert first == again
    assert [turn.said for turn in first.turns] != [turn.said for turn in other.turns]


def test_a_learners_skill_shows_in_its_turns_and_in_where_the_partner_stands() -> None:
    weak, strong = ([talk(skill, seed) for seed in (1, 2)] for skill in (LearnerSkill.WEAK, LearnerSkill.STRONG))
    strategies = [skill for skill in Skill if not skill.is_state_of_mind]

    def share(talks: list[PlayedTalk]) -> float:
        turns = [turn for one in talks for turn in one.turns]
        return sum(any(turn.levels[s] is Level.STRONG for s in strategies) for turn in turns) / len(turns)

    assert share(strong) > share(weak) + 0.4
    assert min(one.end for one in weak) > max(one.end for one in strong) + 2
    assert all(one.turns_to_agreement for one in strong)
    assert not any(turn.move is Move.AGREE for one in weak for turn in one.turns)


def test_no_learner_says_one_script() -> None:
    """Openings differ by seed."""
    assert len({talk(LearnerSkill.STRONG, seed, turns=1).turns[0].said for seed in range(6)}) > 2


def test_a_partner_that_fails_ends_its_talk_and_says_why() -> None:
    broken = talk(LearnerSkill.STRONG, partner=ScriptedPartner(fails=True))
    assert broken.turns == ()
    assert "the server said 500" in broken.error
    assert broken.end == broken.start


def test_processes_play_what_one_process_plays() -> None:
    plan, skills = load_pipeline("offline"), (LearnerSkill.WEAK, LearnerSkill.STRONG)
    orders = [
        Order(scenario=one, learners=skills, seeds=(1, 2), turns=2)
        for one in (situation(), situation(**{"id: dishes": "id: other"}))
    ]
    alone, together = (
        sorted(
            (talk for done in play_all(orders, plan, jobs=jobs) for talk in done),
            key=lambda one: (one.scenario, one.seed, one.learner),
        )
        for jobs in (1, 2)
    )
    assert len(alone) == 8
    assert together == alone


def test_an_engine_that_cannot_start_is_told_in_every_talk() -> None:
    import msgspec

    plan = msgspec.structs.replace(
        load_pipeline("offline"), partner={"engine": "openai", "base_url": "http://127.0.0.1:9/v1", "model": "m"}
    )
    order = Order(scenario=situation(), learners=(LearnerSkill.WEAK,), seeds=(1,), turns=2)
    ((broken,),) = play_all([order], plan, jobs=1)
    assert broken.error.startswith("partner:")


@pytest.mark.loopback
async def test_a_partner_on_a_server_is_played_turn_by_turn_and_its_failure_ends_the_talk() -> None:
    lines = ("No. Not tonight.", "You said that.", "As an AI I can't.")
    async with chat_server(*(Reply(streamed(line)) for line in lines)) as server:
        options = ChatOptions(base_url=server.url, model="m")
        partner = LlmPartner(
            ChatServer(options, component="partner"), DISHES, RepertoryPartner(DISHES, await to_thread(shared_lines))
        )
        found = await to_thread(material)
        rater = TrainedRater(shared_encoder())
        played = await play(DISHES, LearnerSkill.STRONG, found, partner, rater, seed=1, turns=5)
        await partner.close()
    assert played.lines == ["No. Not tonight.", "You said that."]
    assert "nothing that Sam says (out of role)" in played.error
    assert len(server.requests) == 4, "what can't be said is asked for once more"
    assert played.turns[1].resistance < played.start


@pytest.mark.parametrize("skill", LearnerSkill)
def test_no_turn_is_empty(skill: LearnerSkill) -> None:
    assert all(turn.said for turn in talk(skill, 3, turns=15).turns)
