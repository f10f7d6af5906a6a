"""Names that matter go, plain words stay: in sentences, in a talk, and in every line that ships."""

from __future__ import annotations

import re

import pytest

from tests.sessions.stories import Script
from voice_agent.catalog.scenarios import load_scenario, scenario_files
from voice_agent.review.names import names_in
from voice_agent.review.plain_words import is_word, never_a_name
from voice_agent.review.redaction import Redactor, redactor_for
from voice_agent.sessions.story import story_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I told Priya, and then Kit told Mr. Osei.", {"Priya", "Kit", "Osei", "Mr Osei"}),
        ("Priya told me on Monday. She cooks on Fridays in March.", {"Priya"}),
        ("We met at Long Beach, near Carr Lane, on New Year's Eve.", {"Long Beach", "Carr Lane", "Carr"}),
        ("Ask Will. He and Grace will know, by the grace of God.", {"Will", "Grace"}),
        ("In January Helen Okafor came.", {"Helen", "Okafor", "Helen Okafor"}),
        ("Well, Mother, thank God it's Labor Day! Yeah. Hmm. Uh-huh.", set()),
        ('He said "Never mind" and: Nothing happened; Dr Nothing.', {"Dr Nothing"}),
        ("Aunt May may come in May.", {"Aunt May"}),
        ("I saw the GP's note, Mister Bright.", {"Mister Bright"}),
        ("MY NEIGHBOUR IS LOUD AND THE TV TOO", set()),
        ("The Boss And My Raise", set()),
        ("Anne-Marie's car, O'Neill's dog", {"Anne-Marie", "O'Neill"}),
    ],
)
def test_names_are_told_by_their_capitals_their_company_and_the_dictionary(text: str, names: set[str]) -> None:
    found = names_in([text])
    assert found.sure | found.worded == names


def test_what_was_only_heard_is_told_as_perhaps_a_name() -> None:
    found = names_in([], typed=["gonna ask kowalczyk"], heard=["i told priya on monday that sam's plates"])
    assert (found.sure | found.worded, found.perhaps) == (set(), {"kowalczyk", "priya", "sam"})


def test_a_talk_loses_its_names_and_nothing_else() -> None:
    scenario = load_scenario("school-bullying")
    said = "Jamie comes home and says nothing, Mrs Whitcombe. Will you ask Will, or rose from the office? It's not bright."
    answer = "I'll speak to Alison Whitcombe's deputy. Mrs. Bright is kind. May I say no?"
    story = story_of(Script(scenario=scenario).opening(scenario.opening).turn(said, answer=answer).end().stamped)
    redactor = redactor_for(story)
    # `Will` begins a sentence too: nobody can know there, and a name goes first.
    assert re.sub(r"name \d+", "name", redactor.text(said)) == (
        "[name] comes home and says nothing, [partner]. [name] you ask [name], or rose from the office?"
        " It's not bright."
    )
    assert re.sub(r"name \d+", "name", redactor.text(answer)) == (
        "I'll speak to [partner]'s deputy. [name] is kind. May I say no?"
    )


def test_one_person_has_one_mark() -> None:
    redactor = Redactor("Mr Strand", ["Neville Strand", "Helen Okafor", "Helen", "Okafor", "Priya"])
    assert redactor.text("Strand, Neville Strand and Mr Strand") == "[partner], [partner] and [partner]"
    assert redactor.text("Helen, helen okafor, Okafor, Priya") == "[name 1], [name 1], [name 1], [name 2]"


TAKEN_FROM_PLAIN = {
    "Band-Aid", "Bibles", "Bird", "French", "Ghost", "Great Dane", "Helping", "No Ghosts", "Orient Express",
    "The Wet Receipts", "Ballpark", "Ramen", "Thinset",
}  # fmt: skip
"""Of 135,000 words: brands, nicknames, a boat and a band among them."""
NAMES_THAT_ARE_WORDS = {
    "Basil", "Buffalo", "Carol", "Duke", "Home Depot", "Kit", "Long Beach", "Patty", "Robin", "Strand", "Wren",
}  # fmt: skip


def test_shipped_lines_lose_their_names_and_almost_no_plain_word() -> None:
    taken: set[str] = set()
    stayed: set[str] = set()
    for name in scenario_files():
        scenario = load_scenario(name)
        redactor = redactor_for(story_of(Script(scenario=scenario).opening(scenario.opening).end().stamped))
        lines = [scenario.partner.persona, *scenario.learner.facts, *(line.say for line in scenario.lines)]
        text = redactor.text("\n".join(lines))
        stayed |= set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", text))
        taken |= {mark for mark in redactor.marks if all(is_word(word) for word in mark.split())}
        assert not re.search(rf"\b{scenario.partner.name}\b", text), name
    assert {word for word in stayed if not never_a_name(word)} <= {"Labor", "New"}, "of Labor Day, New Year"
    assert taken <= TAKEN_FROM_PLAIN | NAMES_THAT_ARE_WORDS
