"""The data set keeps what its card promises."""

from __future__ import annotations

import re
from collections import Counter

import msgspec
import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from training.dataset import DATA, pairs, turns
from voice_agent.annotation import AnnotatedTurn
from voice_agent.catalog.json_lines import read_lines
from voice_agent.dearman import Level, Skill
from voice_agent.feedback.agreement import weighted_kappa
from voice_agent.feedback.encoder import shared_encoder

CARD = (DATA / "README.md").read_text(encoding="utf-8")
DIGITS = "DEARNMC"
"""Which skill each digit of an annotation is."""


class Annotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of annotations.jsonl."""

    id: str
    author: str
    author_next: str
    second: str | None
    second_next: str | None
    settled: str
    why: str | None


ANNOTATIONS = read_lines(DATA / "annotations.jsonl", Annotation)
TWICE = [(one, one.second) for one in ANNOTATIONS if one.second is not None]


def is_practice_line(turn_id: str) -> bool:
    return turn_id.startswith("shipped-")


def told(figure: str) -> str:
    """The first number that the card tells by this pattern."""
    found = re.search(figure, " ".join(CARD.split()))
    assert found is not None, f"the card tells nothing like {figure}"
    return found[1].replace(",", "")


def test_the_card_tells_the_sizes_that_lie_here() -> None:
    every = turns()
    own = [turn for turn in every if not is_practice_line(turn.id)]
    assert told(r"([\d,]+) learner turns") == str(len(own))
    assert told(r"in (\d+) invented situations") == str(len({turn.situation.context for turn in own}))
    assert told(r"(\d+) contrasting pairs") == str(len(pairs()))
    assert told(r"and (\d+) plain sentences") == str(len(every) - len(own))
    spoken = sum(turn.register == "spoken" for turn in own) / len(own)
    assert abs(int(told(r"About (\d+) % is in")) - 100 * spoken) < 3
    splits = Counter(turn.split for turn in every)
    assert [told(r"train ([\d,]+)"), told(r"dev ([\d,]+)"), told(r"test ([\d,]+)")] == [
        str(splits[split]) for split in ("train", "dev", "test")
    ]


@pytest.mark.parametrize("skill", Skill)
def test_the_card_tells_how_far_the_annotators_agree(skill: Skill) -> None:
    place = DIGITS.index(skill.letter)
    one, other = ([int(told[place]) for told in side] for side in zip(*_levels(), strict=True))
    assert told(rf"\| {skill.value} \| ([\d.]+)") == f"{weighted_kappa(one, other):.2f}"


def test_the_card_tells_where_they_differ_and_who_settled_it() -> None:
    differing = [(one, second) for one, second in TWICE if one.author != second]
    assert told(r"levels in ([\d,]+) of") == str(len(differing))
    same_next = sum(one.author_next == one.second_next for one, _ in TWICE) / len(TWICE)
    assert told(r"same next skill in (\d+)%") == str(round(100 * same_next))
    assert told(r"for ([\d,]+) turns by a third") == str(len(TWICE) - int(told(r"for ([\d,]+) by the author's")))
    kappas = [weighted_kappa([int(a[i]) for a, _ in _levels()], [int(b[i]) for _, b in _levels()]) for i in range(7)]
    assert told(r"\| mean \| ([\d.]+)") == f"{np.mean(kappas):.2f}"


def test_every_turn_is_annotated_and_every_difference_settled_with_a_reason() -> None:
    known = {turn.id: turn for turn in turns()}
    assert {one.id for one in ANNOTATIONS} == set(known)
    for one in ANNOTATIONS:
        assert (one.second is None) is is_practice_line(one.id)
        assert one.settled == _digits(known[one.id]), one.id
        if one.second is not None:
            assert bool(one.why) is (one.author != one.second), one.id
            agreed = [i for i in range(7) if one.author[i] == one.second[i]]
            assert all(one.settled[i] == one.author[i] for i in agreed), one.id


def _levels() -> list[tuple[str, str]]:
    return [(one.author, second) for one, second in TWICE]


def _digits(turn: AnnotatedTurn) -> str:
    by_letter = {skill.letter: skill for skill in Skill}
    return "".join(str(int(turn.labels[by_letter[letter]])) for letter in DIGITS)


def test_size_variety_and_levels() -> None:
    every = turns()
    assert len(every) >= 2400
    assert len({turn.situation.context for turn in every}) >= 120
    spoken = sum(turn.register == "spoken" for turn in every)
    assert 0.45 <= spoken / len(every) <= 0.65
    assert len({turn.utterance.lower() for turn in every}) == len(every)
    for skill in Skill:
        counts = Counter(turn.labels[skill] for turn in every)
        assert min(counts[level] for level in Level) >= 200, skill


def test_pairs_name_known_turns_and_differ_in_their_skill() -> None:
    known = {turn.id: turn for turn in turns()}
    found = pairs()
    assert len(found) >= 800
    for pair in found:
        assert known[pair.weaker].labels[pair.skill] < known[pair.stronger].labels[pair.skill] == Level.STRONG
        assert known[pair.weaker].partner_line == known[pair.stronger].partner_line or pair.why
        assert known[pair.weaker].split == known[pair.stronger].split


def test_there_are_no_near_duplicates() -> None:
    # By length, since a batch is padded to its longest.
    every = sorted(
        (turn for turn in turns() if len(turn.utterance.split()) > 6), key=lambda turn: len(turn.utterance)
    )
    vectors = np.vstack(
        [
            shared_encoder().encode([(turn.utterance, "") for turn in every[i : i + 64]]).embedding
            for i in range(0, len(every), 64)
        ]
    )
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0)
    one, other = np.where(np.triu(alike) > 0.97)
    assert [(every[i].id, every[j].id) for i, j in zip(one, other, strict=True)] == []


def test_no_two_turns_share_most_of_their_words() -> None:
    every = [turn for turn in turns() if len(turn.utterance.split()) > 8]
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"[\w']+", binary=True)
    seen = words.fit_transform([turn.utterance.lower() for turn in every])
    alike = (seen @ seen.T).tocoo()
    found = zip(alike.row, alike.col, alike.data, strict=True)
    assert [(every[i].id, every[j].id) for i, j, value in found if i < j and value > 0.65] == []
