"""Realism cards: each fault is found where it is, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.scenes import situation
from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.catalog.stereotypes import stereotypes
from voice_agent.conversation import Act, Move
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError
from voice_agent.selfplay.card import RealismCard, card_of, faults, went_soft
from voice_agent.selfplay.card_file import is_out_of_date, read_cards, seal_of, shipped_file, write_cards
from voice_agent.selfplay.flags import drift, stereotype, stereotype_flags
from voice_agent.selfplay.learner import LearnerSkill
from voice_agent.selfplay.played import Pair, PlayedTalk, PlayedTurn
from voice_agent.selfplay.repeats import near_same
from voice_agent.selfplay.report import card_lines

DISHES = situation()


def turn(
    resistance: float,
    answer: str,
    move: Move = Move.REFUSE,
    *,
    strong: Skill | None = None,
    act: Act = Act.DESCRIBE,
    said: str = "well",
) -> PlayedTurn:
    levels = dict.fromkeys(Skill, Level.NONE) | ({strong: Level.STRONG} if strong else {})
    return PlayedTurn(said=said, levels=levels, acts=(act,), resistance=resistance, why=(), answer=answer, move=move)


def talk(learner: LearnerSkill, *turns: PlayedTurn, seed: int = 1) -> PlayedTalk:
    pairs = near_same([one.answer for one in turns])
    return PlayedTalk(
        scenario="dishes",
        learner=learner,
        seed=seed,
        partner="repertory",
        difficulty=2,
        start=6.0,
        turns=turns,
        repeats=tuple(Pair(*pair) for pair in pairs),
    )


FIRM = talk(LearnerSkill.WEAK, turn(7.0, "No. Not at midnight."), turn(8.0, "I only just came in from work."))
WON = talk(
    LearnerSkill.STRONG,
    turn(4.0, "Which evenings do you mean?", Move.ASK_BACK, strong=Skill.DESCRIBE),
    turn(2.0, "Fine. Same evening. You have my word.", Move.AGREE, strong=Skill.ASSERT),
)


def card(*talks: PlayedTalk) -> RealismCard:
    return card_of(DISHES, talks, turns=2, seal=seal_of(DISHES), program="p")


def test_a_partner_that_holds_against_weak_and_gives_way_to_strong_has_no_fault() -> None:
    found = card(FIRM, WON)
    assert faults(found, DISHES) == []
    assert found.apart == 6.0
    assert found.learners[LearnerSkill.STRONG].turns_to_agreement == 2
    assert found.learners[LearnerSkill.WEAK].outcomes == {"none": 1}


@pytest.mark.parametrize(
    ("weak", "strong", "fault"),
    [
        (talk(LearnerSkill.WEAK, turn(5.0, "Hm."), turn(4.2, "Who knows.")), WON, "goes soft without reason"),
        (talk(LearnerSkill.WEAK, turn(6.0, "Sure, you win.", Move.AGREE)), WON, "goes soft without reason"),
        (FIRM, FIRM, "ends 0.0 points apart"),
        (talk(LearnerSkill.WEAK, *WON.turns), WON, "comes out the same"),
        (
            talk(LearnerSkill.WEAK, turn(8.0, "No. Not at midnight."), turn(9.0, "No. Not at midnight.")),
            WON,
            "repeats",
        ),
        (talk(LearnerSkill.WEAK, turn(8.0, "(sighs) Not now.")), WON, "leaves its role, narrates"),
        (talk(LearnerSkill.WEAK, turn(8.0, "Good use of an I-statement.")), WON, "leaves its role, coaching"),
        (msgspec.structs.replace(FIRM, error="partner: 500"), WON, "1 talks broke off"),
    ],
    ids=["softens", "agrees", "not apart", "same outcome", "repeats", "narrates", "coaches", "broke off"],
)
def test_a_fault_is_found(weak: PlayedTalk, strong: PlayedTalk, fault: str) -> None:
    strong = msgspec.structs.replace(strong, learner=LearnerSkill.STRONG)
    assert any(fault in one for one in faults(card(weak, strong), DISHES))


def test_softening_that_was_earned_is_none_without_reason() -> None:
    earned = talk(
        LearnerSkill.WEAK,
        turn(5.0, "Hm.", strong=Skill.EXPRESS),
        turn(4.0, "Go on.", act=Act.LISTEN),
        turn(3.0, "Fine.", Move.HALF_AGREE, strong=Skill.ASSERT),
        turn(1.0, "Night.", Move.CLOSE_HALF, act=Act.SMALL_TALK),
    )
    assert went_soft(earned, DISHES) == ""
    touched = turn(4.0, "Ah.")
    touched = msgspec.structs.replace(touched, why=("being thanked for cooking -1.0",))
    assert went_soft(talk(LearnerSkill.WEAK, touched), DISHES) == ""


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("I heard you the first time.", "I heard you the first time. I was a long while deciding.", True),
        ("What exactly do you want from me?", "What is it you want from me, exactly?", True),
        ("Yeah, well. You're all right, you.", "Wow. Okay. Don't talk to me like that.", False),
        ("I'll do the pans and you do the plates.", "The pans, yes. Plates in the morning.", False),
        ("No. Not at midnight.", "I'm not promising that.", False),
    ],
)
def test_two_wordings_of_one_thought_are_a_repeat(first: str, second: str, same: bool) -> None:
    assert bool(near_same([first, "The radiator is broken again.", second])) is same


def test_words_that_rest_on_what_a_person_is_are_flagged_with_a_reason() -> None:
    assert stereotype("You're just hysterical.") == '"hysterical": said of women far more than of men'
    assert "claim about all of a group" in (stereotype("Women never know what they want.") or "")
    assert "claim about all of a group" in (stereotype("Old people can't drive at night.") or "")
    for fine in ("The women at the desk left early.", "I asked two men for directions.", "My mother never asks."):
        assert stereotype(fine) is None
    bad = situation(**{"Cooks late, hates to be nagged.": "A typical man, hates to be nagged."})
    assert [flag.why for flag in stereotype_flags(bad)] == ['"typical man": rests on sex']


def test_every_word_of_the_list_is_found_by_itself() -> None:
    for one in stereotypes().words:
        assert stereotype(f"Well, {one.cue.upper()} and so on.") == f'"{one.cue}": {one.reason}'


def test_a_persons_own_words_are_in_role() -> None:
    shipped = [load_scenario(name) for name in sorted(scenario_files())]
    assert [line.say for one in shipped for line in one.lines if drift(line.say)] == []


def test_every_shipped_situation_has_a_card_of_its_present_text_without_a_fault() -> None:
    """After a change of a situation: voice-agent simulate --cards -o scenarios/shared/realism_cards.json"""
    cards = read_cards(shipped_file())
    shipped = {name: load_scenario(name) for name in scenario_files()}
    assert set(cards) == set(shipped)
    assert [name for name, one in shipped.items() if cards[name].seal != seal_of(one)] == []
    assert {name: found for name, one in shipped.items() if (found := faults(cards[name], one))} == {}


def test_a_changed_situation_makes_its_card_out_of_date(tmp_path: Path) -> None:
    made = card(FIRM, WON)
    assert "program" in is_out_of_date(made, DISHES)
    changed = situation(**{"No. Not at midnight.": "No. Not at night."})
    assert is_out_of_date(made, changed) == "the situation has changed since"
    lines = card_lines(made, changed, out_of_date=is_out_of_date(made, changed))
    assert any(line.strip().startswith("OUT OF DATE: the situation has changed since") for line in lines)


def test_cards_are_kept_beside_others_and_a_broken_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cards.json"
    made = card(FIRM, WON)
    write_cards([made], path)
    write_cards([msgspec.structs.replace(made, scenario="other")], path)
    assert read_cards(path) == {"dishes": made, "other": msgspec.structs.replace(made, scenario="other")}
    path.write_text("[{}]")
    with pytest.raises(UserError, match=r"cards.json: holds no realism cards"):
        read_cards(path)
