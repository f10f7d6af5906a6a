"""The repertory partner over whole talks, on every shipped situation."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.conversation import Act, Exchange, Moment, Move, Reading, Stance
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.trained import TrainedRater
from voice_agent.partner.repertory import RepertoryPartner
from voice_agent.partner.stance import first_stance, moved
from voice_agent.scenario import Gives, Scenario

RATER = TrainedRater(shared_encoder())
SHIPPED = sorted(scenario_files())
WEAK = [
    "you never care about anybody but yourself",
    "it would be nice if things were different maybe",
    "sorry i'm so sorry i shouldn't even ask",
    "you're so selfish",
    "i just think you should know what i mean",
    "fine forget it",
]
STRONG = [
    "i know this is not easy for you and i'm glad that we can talk",
    "three times in the last month it happened again, on monday it was after eleven and i was there alone",
    "i feel worn out and a bit hurt when that happens",
    "would you please agree to change that from next week",
    "if we get this settled we'd both have calmer evenings and i'd be glad to do my part",
    "i hear that you have a lot on your plate, and i would like you to agree to change that from next week",
    "how about we try it for two weeks, and i'll take something off you in return",
    "if that's too much, what would make it possible for you",
    "thank you for listening, i appreciate that you are thinking about it",
    "how about you start with half of it and i will help you",
    "i'd like you to agree to that. if we do, you could count on me",
    "that works for me thank you",
    "thank you, see you tomorrow",
]


@cache
def _read(text: str, scenario_id: str) -> Reading:
    """As an answer to the opening, whatever came between: what is tested is the partner, and rating costs time."""
    scenario = load_scenario(scenario_id)
    return RATER.read(RatedTurn(said=text, partner_line=scenario.opening, scenario=scenario))


class Talk:
    """A talk without sound."""

    def __init__(self, scenario: Scenario, *, difficulty: int | None = None, seed: int = 0) -> None:
        self.scenario = scenario
        self.difficulty = difficulty or scenario.difficulty
        self.stance = first_stance(scenario, self.difficulty)
        self.partner = RepertoryPartner(scenario, shared_lines())
        self.history: list[Exchange] = []
        self.said: set[str] = set()
        self.seed = seed

    @property
    def moves(self) -> list[Move | None]:
        return [exchange.move for exchange in self.history]

    @property
    def is_over(self) -> bool:
        last = self.moves[-1] if self.moves else None
        return last is not None and last.closes

    def say(self, text: str, act: Act | None = None, *, stance: Stance | None = None) -> Exchange:
        reading = _read(text, self.scenario.id)
        if act is not None:
            reading = type(reading)(
                ratings=reading.ratings, acts=(act,), next_skill=reading.next_skill, rater=reading.rater
            )
        earlier = tuple(exchange.said for exchange in self.history)
        self.stance, _ = moved(
            self.stance, reading, text, scenario=self.scenario, difficulty=self.difficulty, earlier=earlier
        )
        self.stance = stance or self.stance
        moment = Moment(
            said=text,
            reading=reading,
            stance=self.stance,
            history=tuple(self.history),
            already_said=frozenset(self.said),
            difficulty=self.difficulty,
            seed=self.seed * 100 + len(self.history),
        )
        reply = self.partner.choose(moment)
        assert reply.text not in self.said, "a line was said twice"
        self.said.add(reply.text)
        exchange = Exchange(turn=len(self.history), said=text, reading=reading, answer=reply.text, move=reply.move)
        self.history.append(exchange)
        return exchange


def play(
    scenario: Scenario, lines: list[str], *, turns: int = 30, seed: int = 0, difficulty: int | None = None
) -> Talk:
    talk = Talk(scenario, seed=seed, difficulty=difficulty)
    for turn in range(turns):
        if talk.is_over:
            break
        talk.say(lines[turn % len(lines)])
    return talk


@pytest.mark.parametrize("name", SHIPPED)
def test_a_strong_and_a_weak_learner_get_different_talks(name: str) -> None:
    scenario = load_scenario(name)
    strong, weak = play(scenario, STRONG), play(scenario, WEAK)
    assert strong.stance.resistance < weak.stance.resistance - 2
    shared = {e.answer for e in strong.history} & {e.answer for e in weak.history}
    assert len(shared) <= len(weak.history) / 2
    given_way = Move.AGREE if scenario.partner.gives is Gives.FULL else Move.HALF_AGREE
    assert given_way in strong.moves or Move.HALF_AGREE in strong.moves
    assert Move.AGREE not in weak.moves


@pytest.mark.parametrize(("seed", "name"), list(enumerate(SHIPPED)))
def test_no_line_is_said_twice_and_every_talk_comes_to_an_end(name: str, seed: int) -> None:
    for lines in (STRONG, WEAK, STRONG[3:4], ["okay go on"], ["why do you say that"], WEAK[:2] + STRONG[1:3]):
        talk = play(load_scenario(name), lines, turns=60, seed=seed)
        assert talk.is_over
        assert len(talk.history) <= 40


@pytest.mark.parametrize("name", SHIPPED)
def test_every_kind_of_turn_gets_its_own_kind_of_answer(name: str) -> None:
    wanted = {
        Act.SILENCE: {Move.ON_SILENCE},
        Act.UNCLEAR: {Move.ON_UNCLEAR},
        Act.SMALL_TALK: {Move.ON_SMALL_TALK},
        Act.THREAT: {Move.ON_THREAT},
        Act.APOLOGY: {Move.ON_APOLOGY},
        Act.CONCEDE: {Move.ON_CONCESSION},
        Act.ASKS_IF_REAL: {Move.ON_REAL},
        Act.ATTACK: {Move.ON_ATTACK, Move.COUNTER_ATTACK, Move.STONEWALL},
        Act.THANKS: {Move.ON_THANKS},
    }
    for act, moves in wanted.items():
        answer = Talk(load_scenario(name)).say("words", act, stance=Stance(6.0))
        assert answer.move in moves, act


@pytest.mark.parametrize("name", SHIPPED)
def test_repeated_attacks_end_with_the_partner_leaving(name: str) -> None:
    talk = play(load_scenario(name), ["you are such a selfish idiot"], turns=8)
    assert talk.moves[-1] is Move.CLOSE_HURT


@pytest.mark.parametrize("name", SHIPPED)
def test_a_partner_that_gives_half_at_most_never_agrees(name: str) -> None:
    scenario = load_scenario(name)
    if scenario.partner.gives is Gives.FULL:
        assert any(line.move is Move.AGREE for line in scenario.lines)
    else:
        assert Move.AGREE not in play(scenario, STRONG, difficulty=1, turns=60).moves


def test_asked_in_earnest_the_partner_says_that_it_is_a_program() -> None:
    answer = Talk(load_scenario("roommate-dishes")).say("am i talking to a real person")
    assert answer.move is Move.ON_REAL
    assert any(word in answer.answer for word in ("program", "simulat"))


def test_the_partner_talks_about_what_the_learner_talks_about() -> None:
    scenario = load_scenario("roommate-dishes")
    on_topic = 0
    for seed in range(10):
        answer = Talk(scenario, seed=seed).say("why do you leave the pans and plates in the sink")
        line = next((line for line in scenario.lines if line.say == answer.answer), None)
        on_topic += line is not None and "dishes" in line.about
    assert on_topic >= 8


def test_the_same_moment_gives_the_same_line() -> None:
    scenario = load_scenario("friend-loan")
    first, second = (play(scenario, STRONG, seed=5) for _ in range(2))
    assert [e.answer for e in first.history] == [e.answer for e in second.history]
    assert [e.answer for e in play(scenario, STRONG, seed=6).history] != [e.answer for e in first.history]


def test_there_are_twelve_situations_of_three_domains_with_sixty_own_lines() -> None:
    scenarios = [load_scenario(name) for name in SHIPPED]
    assert len(scenarios) >= 12
    for domain in ("work", "family", "social"):
        assert sum(scenario.domain.value == domain for scenario in scenarios) >= 4
    for scenario in scenarios:
        assert len(scenario.lines) >= 60
        assert len(scenario.practice) >= 40


@given(st.lists(st.sampled_from(Act), min_size=1, max_size=25), st.integers(0, 3), st.floats(0, 10))
@settings(max_examples=30, deadline=None)
def test_any_turns_in_any_order_get_answers_that_do_not_repeat(acts: list[Act], seed: int, resistance: float) -> None:
    talk = Talk(load_scenario("neighbour-noise"), seed=seed)
    for act in acts:
        if talk.is_over:
            break
        talk.say("some words about the bass", act, stance=Stance(round(resistance, 2)))
