"""Adversarial answers: giving in in other words, and lines under other names than the partner's."""

from __future__ import annotations

from functools import cache

import pytest

from tests.fakes.chat_server import streamed
from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.conversation import Move
from voice_agent.partner.labels import Labels
from voice_agent.partner.llm_guard import Guard
from voice_agent.partner.pledges import Pledges
from voice_agent.scenario import Scenario

GIVES_IN = [
    ("roommate-dishes", "I will wash them."),
    ("roommate-dishes", "You won't find a single plate in the sink again."),
    ("roommate-dishes", "I'm going to wash up as soon as I've eaten."),
    ("roommate-dishes", "Washing up before bed is no problem for me."),
    ("roommate-dishes", "From here on out the pans are on me."),
    ("boss-raise", "You'll get your eight percent."),
    ("boss-weekend-shift", "You can have Saturday off."),
    ("landlord-heating", "I'll send a man on Thursday to fix the radiator."),
    ("landlord-heating", "The plumber will be with you by Wednesday to repair it."),
    ("teen-phone-night", "Fine, it can charge in the hall."),
    ("friend-loan", "You'll have the four hundred back by the end of the month."),
    ("colleague-credit", "I'll write to Helen and tell her the study was yours."),
    ("boss-critique", "Next time I'll come to you in private first."),
    ("coparent-late", "Wren will be back at six sharp on Sunday."),
    ("doctor-pain", "I'm going to refer you to a specialist."),
    ("neighbour-noise", "There will be no bass after eleven on weeknights."),
    ("neighbour-noise", "No more music after eleven, then."),
    ("neighbour-parking", "I won't block your drive any more."),
    ("mother-comments", "I won't say another word about you being single."),
    ("spouse-purchase", "Next time I\u2019ll talk to you before I spend anything like that."),
    ("sibling-care", "I'll take Mom every other Saturday."),
    ("choir-chair", "Somebody else will do the website from next month."),
    ("client-extra-work", "We'll pay for the calendar as a change."),
    ("contractor-bathroom", "The bathroom will be finished on the twelfth."),
    ("roommate-dishes-lease", "I'll sign the rota."),
    ("school-bullying", "We'll write down a plan with a date right here."),
    ("sister-in-law-loan", "I won't ask you to co-sign again."),
]  # fmt: skip
STAYS = [
    ("roommate-dishes", "I will wash them when I feel like it."),
    ("roommate-dishes", "You will wash them if they bother you so much."),
    ("roommate-dishes", "I'm not going to promise you anything tonight."),
    ("roommate-dishes", "I washed them on Sunday and you didn't say a word."),
    ("roommate-dishes", "You want me to wash up before I go to bed."),
    ("roommate-dishes", "I'm going to bed."),
    ("boss-raise", "You'll get a raise when the budget allows it."),
    ("boss-weekend-shift", "If I take you off Saturday, who do I put on?"),
    ("landlord-heating", "I'll see what I can do, but don't hold your breath."),
    ("teen-phone-night", "I'll leave it in the hall when you leave yours."),
    ("colleague-credit", "I'll write to Helen about a lot of things, but not this."),
    ("neighbour-parking", "I'll park where there is space."),
    ("coworker-swap", "You'll work Friday like everybody else."),
    ("choir-chair", "Nobody else will do the website, you know that."),
    ("father-career", "I'll keep sending them until you look at one."),
]  # fmt: skip
LEAKS = [
    ("roommate-dishes", "Works for me."),
    ("roommate-dishes", "Say no more, it's as good as done."),
    ("boss-raise", "You've earned it, and I'm signing off on it."),
    ("partner-phone", "My phone stays in the hall during dinner from now on."),
    ("grandfather-driving", "You can drive me after dark, then."),
]  # fmt: skip


@cache
def _guarding(name: str) -> tuple[Scenario, Labels, Pledges]:
    scenario = load_scenario(name)
    return scenario, Labels(scenario.partner.name, scenario.partner.relationship), Pledges(scenario)


def spoken(name: str, written: str, *, size: int = 7, may_give_way: bool = False) -> tuple[list[str], list[str]]:
    """What of an answer is let through, and why something was not."""
    scenario, labels, pledges = _guarding(name)
    guard = Guard(scenario.partner.name, frozenset(), may_give_way=may_give_way, labels=labels, pledges=pledges)
    found = [part for piece in streamed(written, size) for part in guard.feed(piece)]
    found += [] if guard.is_done else guard.finish()
    return [part.strip() for part in found], guard.refused


@pytest.mark.parametrize(("name", "written"), GIVES_IN)
def test_who_is_hard_does_not_pledge_what_is_asked_for(name: str, written: str) -> None:
    assert "gave way without a reason" in spoken(name, written)[1]
    assert not spoken(name, written, may_give_way=True)[1]


@pytest.mark.parametrize(("name", "written"), STAYS)
def test_a_condition_a_no_or_something_else_is_no_pledge(name: str, written: str) -> None:
    assert " ".join(spoken(name, written)[0]) == written


@pytest.mark.parametrize(("name", "written"), LEAKS)
def test_giving_in_without_a_promise_or_its_subject_is_known_to_leak(name: str, written: str) -> None:
    """docs/extending.md says so; whoever closes one moves it to `GIVES_IN`."""
    assert " ".join(spoken(name, written)[0]) == written


def test_hardly_an_authored_line_of_a_hard_partner_counts_as_giving_way() -> None:
    hard, taken = 0, []
    for name in scenario_files():
        for line in _guarding(name)[0].lines:
            if line.move in (Move.AGREE, Move.HALF_AGREE, Move.SETTLE) or line.move.closes:
                continue
            hard += 1
            taken += [line.say] * ("gave way without a reason" in spoken(name, line.say, size=400)[1])
    assert hard > 1_000
    assert len(taken) <= hard / 150, taken


@pytest.mark.parametrize("size", [1, 200])
@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Roommate: I'm tired. Leave it.", "I'm tired. Leave it."),
        ("**Your roommate:** I'm tired.", "I'm tired."),
        ("Roommate (sighing): I'm tired.", "I'm tired."),
        ("Sam Miller: I'm tired.", "I'm tired."),
        ("I'm tired.\nBoss: You are late.\nSam: Sure.", "I'm tired."),
        ("I'm tired.\n\nThe Other Roommate: But the pans!", "I'm tired."),
        ("I'm tired. Roommate: But the pans!", "I'm tired."),
        ("I'm tired. **Roommate:** But the pans!", "I'm tired."),
        ("Roommate: I'm tired.\nRoommate: But the pans!", "I'm tired."),
        ("I'm tired.\nSam: Leave it.", "I'm tired. Leave it."),
        ("User: Would you wash up?", ""),
        ("Here's the thing: I'm tired.", "Here's the thing: I'm tired."),
        ("I'm tired. One thing: it's late.", "I'm tired. One thing: it's late."),
        ("I'm tired. Question: why now?", "I'm tired. Question: why now?"),
        ("I close at 12:30. Then I eat.", "I close at 12:30. Then I eat."),
    ],
)  # fmt: skip
def test_only_the_partner_speaks_and_without_a_label(written: str, heard: str, size: int) -> None:
    assert " ".join(spoken("roommate-dishes", written, size=size)[0]) == heard


@pytest.mark.parametrize(
    ("name", "label"), [("boss-raise", "Boss"), ("mother-comments", "Mother"), ("landlord-heating", "Landlord")]
)
def test_a_role_is_a_label_like_a_name(name: str, label: str) -> None:
    assert " ".join(spoken(name, f"{label}: Not now, I said.")[0]) == "Not now, I said."
    assert " ".join(spoken(name, f"Not now.\n{label.upper()}: Never.")[0]) == "Not now."
