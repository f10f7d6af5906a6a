"""LocalAgreement-2 on hypotheses that waver, as a recognizer's do at their end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voice_agent.conversation import Word
from voice_agent.speech.local_agreement import LocalAgreement, same

VOCABULARY = ["wash", "your", "dishes", "before", "you", "go", "to", "bed", "tonight", "please"]


def said(text: str, *, at_s: float = 0.0) -> list[Word]:
    """One word each half second."""
    return [Word(word, at_s + place * 0.5, at_s + place * 0.5 + 0.4) for place, word in enumerate(text.split())]


def texts(words: tuple[Word, ...] | list[Word]) -> list[str]:
    return [word.text for word in words]


words = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(" ".join).map(said)


@given(st.lists(words, max_size=8))
def test_what_is_agreed_only_ever_grows(hypotheses: list[list[Word]]) -> None:
    agreement = LocalAgreement()
    for hypothesis in hypotheses:
        before = agreement.agreed
        found = agreement.hear(hypothesis)
        assert agreement.agreed == (*before, *found)


@given(st.lists(words, max_size=8))
def test_a_word_is_agreed_only_when_two_hypotheses_in_a_row_have_it(hypotheses: list[list[Word]]) -> None:
    agreement = LocalAgreement()
    last: list[Word] = []
    for hypothesis in hypotheses:
        for word in agreement.hear(hypothesis):
            assert any(same(word, other) for other in hypothesis)
            assert any(same(word, other) for other in last)
        last = hypothesis


@given(words)
def test_one_hypothesis_agrees_nothing_and_the_same_again_agrees_everything(hypothesis: list[Word]) -> None:
    agreement = LocalAgreement()
    assert agreement.hear(hypothesis) == ()
    assert agreement.hear(hypothesis) == tuple(hypothesis)
    assert agreement.hear(hypothesis) == ()


@given(
    st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3), st.floats(-0.04, 0.04)), max_size=12),
)
def test_a_wavering_end_never_reaches_what_is_agreed(
    truth: list[str], hypotheses: list[tuple[int, int, float]]
) -> None:
    """Each hypothesis: how much of the talk it has, how many wrong words it ends in, how far its times have moved."""
    agreement = LocalAgreement()
    whole = said(" ".join(truth))
    for count, (heard, wrong, moved_s) in enumerate(hypotheses):
        end = len(whole[:heard]) * 0.5
        rubbish = [
            Word(f"rubbish{count}-{place}", end + place * 0.5, end + place * 0.5 + 0.4) for place in range(wrong)
        ]
        agreement.hear([Word(w.text, w.start_s + moved_s, w.end_s + moved_s) for w in [*whole[:heard], *rubbish]])
        assert texts(agreement.agreed) == truth[: len(agreement.agreed)]
    for _ in range(2):
        agreement.hear(whole)
    assert texts(agreement.agreed) == truth


def test_case_and_punctuation_do_not_matter_and_the_newer_form_is_kept() -> None:
    agreement = LocalAgreement()
    agreement.hear(said("would you wash"))
    assert texts(agreement.hear(said("Would you wash, please"))) == ["Would", "you", "wash,"]


def test_sound_may_be_cut_after_an_agreed_word() -> None:
    agreement = LocalAgreement()
    for _ in range(2):
        agreement.hear(said("wash your dishes before"))
    agreement.hear(said("you go", at_s=2.0))
    assert texts(agreement.hear(said("you go to", at_s=2.0))) == ["you", "go"]
    assert texts(agreement.agreed) == ["wash", "your", "dishes", "before", "you", "go"]


def test_words_told_again_at_the_cut_are_taken_once() -> None:
    agreement = LocalAgreement()
    for _ in range(2):
        agreement.hear(said("wash your dishes"))
    for _ in range(2):
        agreement.hear(said("your dishes tonight", at_s=1.35))
    assert texts(agreement.agreed) == ["wash", "your", "dishes", "tonight"]


def test_a_word_that_was_really_said_twice_is_kept_twice() -> None:
    agreement = LocalAgreement()
    for count in (1, 2, 3, 3):
        agreement.hear(said(" ".join(["no"] * count)))
    assert texts(agreement.agreed) == ["no", "no", "no"]
