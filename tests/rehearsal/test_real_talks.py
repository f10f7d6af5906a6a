"""Before a real talk and after it: what is offered, what is kept, and that nothing is made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.scenes import BACKGROUND, situation
from tests.sessions.stories import whole_talk
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.clock import VirtualClock
from voice_agent.conversation import Move
from voice_agent.dearman import Skill
from voice_agent.emotions import Feeling
from voice_agent.feedback.bank import shipped_bank
from voice_agent.feedback.encoder import shared_encoder
from voice_agent.feedback.local_advisor import LocalAdvisor
from voice_agent.feedback.trained import TrainedRater
from voice_agent.rehearsal.afterwards import Afterwards, attributed
from voice_agent.rehearsal.breathing import BreathTone
from voice_agent.rehearsal.brief_feedback import BriefFeedback
from voice_agent.rehearsal.dialog import NO, YES, SpokenDialog, TypedDialog
from voice_agent.rehearsal.interview import QUESTIONS, likely_move
from voice_agent.rehearsal.own_words import OwnWords
from voice_agent.rehearsal.preparing import CareNeededError, Preparing, card_lines
from voice_agent.rehearsal.real_scenario import interview_about, real_scenario, their_lines
from voice_agent.scenario import Scenario
from voice_agent.sessions.real_talk import CueCard, DiaryEntry, Preparation, RealLine, RealTalk
from voice_agent.sessions.story import story_of
from voice_agent.speech.spoken_command import Asked

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def feedback() -> BriefFeedback:
    encoder = shared_encoder()
    return BriefFeedback(TrainedRater(encoder), LocalAdvisor(encoder, shipped_bank()))


class Told:
    """A typed dialog with answers given beforehand, and all that was shown."""

    def __init__(self, *answers: str) -> None:
        self.lines: list[str] = []
        self._answers = list(answers)
        self.dialog = TypedDialog(self.lines.append, self._next, VirtualClock())

    def _next(self) -> str | None:
        return self._answers.pop(0) if self._answers else None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def help_for(kind: object) -> Sequence[str]:
    return BACKGROUND.help_lines.lines_for("US", kind)  # type: ignore[arg-type]


async def prepared(told: Told, words: OwnWords) -> tuple[Preparation, list[DiaryEntry]]:
    kept: list[DiaryEntry] = []
    path = Preparing(told.dialog, words, feedback(), VirtualClock(), kept.append, help_lines=help_for, breath_s=0)
    scenario = words.scenario
    done = await path.run(
        Preparation(id="a1", scenario=scenario.id, title=scenario.title, partner=scenario.partner.name, began=NOW)
    )
    return done, kept


async def test_the_card_holds_what_the_learner_chose_and_nothing_else() -> None:
    told = Told(
        "hello sam i want to talk about the dishes", "would you wash your dishes the same evening", "1",
        "i still want the dishes done", "1", "-",
        "would you wash them the same evening", "-", "1",
    )  # fmt: skip
    done, kept = await prepared(told, OwnWords(situation()))
    assert done.is_done
    assert done.said == "would you wash your dishes the same evening"
    assert done.card.opening == "hello sam i want to talk about the dishes"
    assert done.card.ask == "would you wash them the same evening"
    assert done.card.offer == ""
    assert [one.yours for one in done.card.answers] == ["i still want the dishes done"], "one answer was left out"
    assert done.card.anchor == "Would you wash them the same evening?"
    assert "Offer" not in " ".join(card_lines(done.card))
    assert "of 5:00 minutes" in told.text
    assert len(kept) >= 5, "kept after every step"
    assert kept[-1] == done


async def test_with_no_answers_at_all_the_card_is_empty() -> None:
    done, _ = await prepared(told := Told(), OwnWords(situation()))
    assert done.card == CueCard()
    assert "Your card is empty." in told.text


def test_words_come_from_plan_best_turns_coach_and_the_last_card_before_the_situation() -> None:
    reader = feedback()
    scenario = situation()

    def read(words: str):  # type: ignore[no-untyped-def]
        return reader.rate(words, scenario.opening, scenario)

    fresh = OwnWords(scenario)
    assert all(_is_authored(words, scenario) for words in fresh.openings(read) + fresh.asks(read))
    story = story_of(whole_talk())
    story.plan = {Skill.MINDFUL: "i only want to talk about the dishes", Skill.NEGOTIATE: "i could cook on fridays"}
    said = {take.said for take in story.counted}
    practised = OwnWords(scenario, [story])
    openings = [words.rstrip(".?").lower() for words in practised.openings(read)]
    known = {words.lower() for words in said} | {
        take.advice.words.rstrip(".?").lower() for take in story.takes if take.advice
    }
    assert openings
    assert set(openings) <= known, "nothing is made up"
    assert practised.offers(read)[0] == "I could cook on fridays."
    assert practised.anchors("")[0] == "I only want to talk about the dishes."
    last = Preparation(
        id="a", scenario="dishes", title="t", partner="Sam", began=NOW, card=CueCard(opening="My last opening.")
    )
    assert OwnWords(scenario, [story], last).openings(read)[0] == "My last opening."


def _is_authored(words: str, scenario: Scenario) -> bool:
    return words.rstrip(".?").lower() in {one.lower() for one in scenario.practice}


def test_the_hard_lines_are_the_partners_own_habits_or_a_no() -> None:
    for name in ("boss-raise", "roommate-dishes", "grandfather-driving"):
        scenario = load_scenario(name)
        hard = OwnWords(scenario).hard_lines()
        assert len(hard) == 2
        assert {move for move, _ in hard} <= {*scenario.partner.moves, Move.REFUSE}
        assert {line for _, line in hard} <= {line.say for line in scenario.lines}


def test_a_situation_without_lines_of_its_own_borrows_shared_ones() -> None:
    scenario = situation()
    import msgspec

    bare = msgspec.structs.replace(scenario, lines=scenario.lines[-1:])
    hard = OwnWords(bare).hard_lines()
    assert len(hard) == 2
    assert all(line and "{" not in line for _, line in hard)


async def test_words_of_a_crisis_end_the_path_and_name_help() -> None:
    told = Told("i want to kill myself")
    with pytest.raises(CareNeededError):
        await prepared(told, OwnWords(situation()))
    assert "988" in told.text


async def afterwards(
    told: Told, scenario: Scenario | None = None, **begun: object
) -> tuple[RealTalk, list[DiaryEntry]]:
    kept: list[DiaryEntry] = []
    path = Afterwards(told.dialog, scenario, feedback(), kept.append, help_lines=help_for)
    talk = RealTalk(id="b1", scenario="dishes", title="Dishes", partner="Sam", began=NOW, **begun)  # type: ignore[arg-type]
    return await path.run(talk), kept


async def test_a_real_talk_is_told_rated_and_kept_step_by_step() -> None:
    told = Told(
        "a lot", "60", "fear 3, hope 6", "the dishes were in the sink on monday", "Three plates.",
        "me: would you wash your dishes the same evening", "Sam said: no", "done", "i stayed calm", "",
    )  # fmt: skip
    talk, kept = await afterwards(told, situation())
    assert talk.check_in is not None
    assert (talk.check_in.self_efficacy, talk.check_in.feelings) == (60, {Feeling.FEAR: 3, Feeling.HOPE: 6})
    assert "that is no number from 0 to 100" in told.text, "a slip is told, and asked again"
    assert [(line.is_learners, line.text) for line in talk.lines] == [
        (True, "the dishes were in the sink on monday"),
        (False, "Three plates."),
        (True, "would you wash your dishes the same evening"),
        (False, "no"),
    ]
    assert len(talk.rated) == 2
    assert talk.strong[list(Skill).index(Skill.ASSERT)] == 1
    assert (talk.worked, talk.otherwise, talk.is_done) == ("i stayed calm", "", True)
    assert [len(one.lines) for one in kept if isinstance(one, RealTalk)][:5] == [0, 1, 2, 3, 4]


async def test_every_step_can_be_left_out() -> None:
    talk, _ = await afterwards(Told())
    assert (talk.check_in, talk.lines, talk.worked, talk.is_done) == (None, (), "", True)


async def test_a_talk_that_was_broken_off_goes_on_where_it_stood() -> None:
    lines = (RealLine(is_learners=True, text="would you wash your dishes"),)
    told = Told("", "", "it was short")
    talk, _ = await afterwards(told, lines=lines)
    assert talk.lines[0].reading is not None
    assert "You said:" not in told.text
    assert talk.worked == "it was short"


@pytest.mark.parametrize(
    ("line", "is_mine", "wanted"),
    [
        ("me: hello", False, (True, "hello")),
        ("They said: no", True, (False, "no")),
        ("sam: no", True, (False, "no")),
        ("i washed them", True, (True, "i washed them")),
        ("he, that is", False, (False, "that is")),
        ("same time tomorrow", False, (False, "same time tomorrow")),
    ],
)
def test_whose_line_it_was(line: str, is_mine: bool, wanted: tuple[bool, str]) -> None:
    assert attributed(line, is_mine, "Sam") == wanted


@pytest.mark.parametrize(
    ("line", "move"),
    [
        ("Which evenings do you mean?", Move.ASK_BACK),
        ("No, I won't do that.", Move.REFUSE),
        ("You always nag. No.", Move.COUNTER_ATTACK),
        ("It's just a couple of pans.", Move.MINIMISE),
        ("Another time, I'm busy.", Move.DEFLECT),
        ("Okay, weeknights.", Move.HALF_AGREE),
        ("The sky is blue.", None),
    ],
)
def test_what_a_line_did_is_guessed_from_plain_signs(line: str, move: Move | None) -> None:
    assert likely_move(line) is move


def real(*lines: tuple[bool, str]) -> RealTalk:
    told = tuple(RealLine(is_learners=mine, text=text) for mine, text in lines)
    return RealTalk(id="b", scenario="dishes", title="The dishes", partner="Sam", began=NOW, lines=told)


def test_a_real_talk_becomes_a_situation_with_the_partners_real_lines(home: object) -> None:
    from voice_agent.catalog.own_scenarios import keep_scenario

    talk = real((False, "oh not this again"), (True, "would you wash your dishes"), (False, "No way. You always nag"))
    moves = {line: likely_move(line) or Move.MINIMISE for line in their_lines(talk)}
    path = keep_scenario(real_scenario(talk, situation(), moves, "dishes-real"))
    made = load_scenario(path.stem)
    assert made.opening == "Oh not this again."
    assert made.lines[0].say == "No way. You always nag."
    assert made.partner.moves[0] is Move.COUNTER_ATTACK, "what they really did comes first"
    assert made.partner.persona == situation().partner.persona
    assert made.practice[0] == "would you wash your dishes"


def test_where_no_situation_is_known_the_interview_takes_what_was_told() -> None:
    talk = real((False, "Not now."), (True, "when then"), (False, "Never."))
    interview = interview_about(talk)
    asked = []
    answers = {"relationship": "my flatmate", "facts": "the sink was full", "goal": "wash up", "request": "wash up"}
    for _ in range(40):
        if (question := interview.question) is None:
            break
        asked.append(question.key)
        interview.answer("" if question.key in asked[:-1] else answers.get(question.key, ""))
    assert not {"name", "topic", "says", "opening"} & set(asked)
    assert set(asked) == {question.key for question in QUESTIONS} - {"name", "topic", "says", "opening"}
    scenario = interview.scenario("my-talk")
    assert scenario["opening"] == "Not now."
    assert (scenario["lines"][0]["say"], scenario["lines"][0]["move"]) == ("Never.", "refuse")
    assert "Not now." not in [line["say"] for line in scenario["lines"]]


def test_going_back_in_the_interview_skips_what_is_known() -> None:
    interview = interview_about(real((False, "Not now.")))
    assert interview.question is not None
    assert interview.question.key == "relationship"
    interview.back()
    assert interview.question.key == "relationship"
    interview.answer("my flatmate")
    interview.back()
    assert interview.question.key == "relationship"
    assert interview.answers["name"] == ["Sam"]


class Voice:
    """What a voice dialog hears and says, without sound."""

    def __init__(self, *heard: str) -> None:
        self.said: list[object] = []
        self._heard = list(heard)

    async def say(self, what: object) -> None:
        self.said.append(what)

    async def ask(self, question: str, asked: Asked | None = None) -> str:
        self.said.append(question)
        return self._heard.pop(0)


async def test_by_voice_choices_are_read_aloud_and_taken_by_number_or_replaced_by_own_words() -> None:
    voice = Voice("again", "number two", "eight", "two", "my own words", "skip", "yes")
    dialog = SpokenDialog(voice, lambda line: None)  # type: ignore[arg-type]
    assert await dialog.ask("How?", ["First one?", "second"]) == "second"
    assert voice.said[0] == voice.said[1], "asked again when wished"
    assert (
        voice.said[0]
        == "How? 1: First one? 2: Second. Say a number, or your own words. To leave a question out, say: skip."
    )
    assert await dialog.ask("How?", ["first"]) == "my own words"
    assert "Say a number from 1 to 1, or your own words." in voice.said, "a number past the last is no answer"
    assert await dialog.ask("What worked?") == ""
    assert await dialog.ask("Keep it?", (YES, NO)) == YES


async def test_by_voice_the_breath_is_told_and_sounded_in_whole_breaths() -> None:
    voice = Voice()
    await SpokenDialog(voice, lambda line: None).breathe(25)  # type: ignore[arg-type]
    assert [what for what in voice.said if isinstance(what, str)] == ["In.", "Out."] * 2
    assert sum(isinstance(what, BreathTone) for what in voice.said) == 4


async def test_by_keys_a_slip_is_asked_again_and_the_end_of_the_input_leaves_out() -> None:
    told = Told("9", "2", "maybe", "y", "")
    assert await told.dialog.ask("How?", ["first", "second"]) == "second"
    assert "Type a number from 1 to 2, or your own words." in told.text
    assert await told.dialog.ask("Keep it?", (YES, NO)) == YES
    assert await told.dialog.ask("Keep it?", (YES, NO)) == NO, "Enter changes nothing"
    assert await told.dialog.ask("How?", ["first"]) == "", "no more input"
