"""How finished a turn is: by its words, its melody, and this learner's pauses."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.errors import EngineError
from voice_agent.pipeline.turn_end.judge import MODEL_FOLDER, TurnJudge, shared_judge
from voice_agent.pipeline.turn_end.pauses import (
    KEPT,
    LEAST_STRETCH,
    LONGEST_PAUSE_S,
    MOST_STRETCH,
    outlasting,
    silence_for,
    stretch_of,
    told,
    with_pause,
)
from voice_agent.prosody import PauseProfile

WHOLE = "i felt hurt when you said that and i would like you to ask me first next time"


def words(said: str, line: str = "") -> float:
    found = shared_judge().words(said, line)
    assert found is not None
    return found


@pytest.mark.parametrize("open_end", ["and", "because", "um", "so i", "but when"])
def test_an_open_end_is_surely_unfinished_whatever_came_before(open_end: str) -> None:
    assert words(f"{WHOLE} {open_end}") < words(WHOLE) - 2
    assert words(f"{WHOLE} {open_end}") < -1


def test_a_turn_grows_more_finished_from_its_verb_to_its_end() -> None:
    said = ["would", "you", "do", "the", "dishes", "before", "you", "go", "to", "bed", "tonight"]
    assert words(" ".join(said[:4])) < words(" ".join(said[:6])) - 1
    assert words(" ".join(said)) > 0


@pytest.mark.parametrize("answer", ["no", "Yes.", "yeah"])
def test_a_word_may_be_a_whole_answer_to_a_question_for_yes_or_no(answer: str) -> None:
    assert words(answer, "Sorry. Did you even ask her?") > 0
    assert words("well", "Why didn't you ask her?") < -2
    assert words("no because", "Did you even ask her?") < -2


def test_a_word_that_the_table_lacks_is_read_like_its_neighbours() -> None:
    assert words("he is not an amiable") < words("he is not an amiable man")


@pytest.mark.parametrize(
    ("begun", "rest"),
    [
        ("the gardener was more respectable than", "his brother had been"),
        ("to be fond of dancing was a certain step towards", "falling in love"),
        ("when the rain had stopped the children ran to", "the river"),
    ],
)
def test_sentences_that_no_rehearsal_holds_are_told_from_their_beginnings(begun: str, rest: str) -> None:
    assert words(f"{begun} {rest}") > words(begun) + 2


def test_print_and_speech_are_read_alike() -> None:
    assert words("I felt hurt, and I\u2019d like an answer.") == words("i felt hurt and i'd like an answer")


@given(st.text(), st.text())
def test_any_text_gets_a_finite_figure_or_none(said: str, line: str) -> None:
    found = shared_judge().words(said, line)
    assert found is None or math.isfinite(found)


def test_nothing_said_tells_nothing() -> None:
    assert shared_judge().words(" ... ", "Why?") is None
    assert shared_judge().over(None, None) is None


def voice(*, to_hz: float, fades: bool) -> Int16Array:
    """Syllables of 0.15 s from 120 Hz, the last one ending on another pitch; 0.2 s of a quiet room after it."""
    parts = []
    for number in range(9):
        is_last = number == 8
        seconds = 0.3 if is_last and fades else 0.15
        time = np.arange(round(seconds * MIC_RATE_HZ)) / MIC_RATE_HZ
        hz = np.linspace(120, to_hz if is_last else 120, len(time))
        phase = 2 * np.pi * np.cumsum(hz) / MIC_RATE_HZ
        tone = sum(np.sin(k * phase) / k for k in range(1, 12))
        shape = np.hanning(len(time)) if not (is_last and fades) else np.linspace(1, 0, len(time)) ** 2
        parts += [tone * shape, np.zeros(round(0.05 * MIC_RATE_HZ))]
    sound = np.concatenate([*parts, np.zeros(round(0.2 * MIC_RATE_HZ))])
    room = np.random.default_rng(1).normal(0, 10, len(sound))
    return np.clip(6000 * sound + room, -32768, 32767).astype(np.int16)


def test_a_voice_that_falls_and_fades_sounds_more_finished_than_one_that_stays_up() -> None:
    judge = shared_judge()
    ends, goes_on = judge.melody(voice(to_hz=80, fades=True)), judge.melody(voice(to_hz=150, fades=False))
    assert ends is not None
    assert goes_on is not None
    assert ends > goes_on + 1


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(16_000, np.int16), np.full(3000, 9, np.int16)])
def test_silence_and_scraps_of_sound_have_no_melody_or_a_finite_one(samples: Int16Array) -> None:
    found = shared_judge().melody(samples)
    assert found is None or math.isfinite(found)


def test_words_and_melody_both_count_and_the_melody_never_outvotes_sure_words() -> None:
    judge = shared_judge()
    sure, torn = words(f"{WHOLE} because"), words(WHOLE)
    falling, level = judge.over(torn, 2.0), judge.over(torn, -2.0)
    assert falling is not None
    assert level is not None
    assert falling > level
    against = judge.over(sure, 50.0)
    assert against is not None
    assert against < 1


def test_the_shipped_model_is_the_one_on_its_card() -> None:
    assert TurnJudge().card["words"]["test"]["auc"] > 0.8


@pytest.mark.parametrize("damage", ["missing", "changed", "no card", "card of another"])
def test_a_damaged_model_is_refused_with_its_cure(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(MODEL_FOLDER, folder)
    if damage == "missing":
        (folder / "words.npz").unlink()
    elif damage == "changed":
        (folder / "words.npz").write_bytes((folder / "words.npz").read_bytes() + b"x")
    elif damage == "no card":
        (folder / "card.json").write_text("{")
    else:
        card = json.loads((folder / "card.json").read_text())
        card["melody"]["measures"] = ["other"]
        (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(EngineError, match="end of turn") as refused:
        TurnJudge(folder)
    assert refused.value.cure


@given(st.floats(0.0, 5.0), st.floats(0.5, 2.0))
def test_the_share_of_pauses_and_its_silence_are_inverses(silence_s: float, stretch: float) -> None:
    share = outlasting(silence_s, stretch=stretch)
    assert 0 < share <= 1
    assert silence_for(share, stretch=stretch) == pytest.approx(silence_s, abs=1e-6)


def test_pauses_follow_what_is_published_of_real_talk() -> None:
    assert outlasting(0.3) == pytest.approx(0.556, abs=0.02)
    assert outlasting(0.6) == pytest.approx(0.217, abs=0.03)
    assert outlasting(1.6) == pytest.approx(0.05, abs=0.01)


def profile_of(*lengths_s: float) -> PauseProfile:
    profile = PauseProfile()
    for length_s in lengths_s:
        profile = with_pause(profile, length_s)
    return profile


def test_a_learner_who_pauses_for_long_is_given_longer_and_one_pause_changes_little() -> None:
    assert stretch_of(PauseProfile()) == 1
    assert stretch_of(profile_of(2.0)) < 1.25
    assert stretch_of(profile_of(*[1.5] * 40)) > 1.5
    assert stretch_of(profile_of(*[0.22] * 40)) < 1


@given(st.lists(st.floats(0, 1e6, allow_nan=False), max_size=200))
def test_the_pause_profile_is_bounded_whatever_was_heard(lengths: list[float]) -> None:
    profile = profile_of(*lengths)
    assert len(profile.lengths_s) <= KEPT
    assert all(0.2 <= length <= LONGEST_PAUSE_S for length in profile.lengths_s)
    assert LEAST_STRETCH <= stretch_of(profile) <= MOST_STRETCH


def test_the_profile_is_told_in_one_sentence() -> None:
    assert told(PauseProfile()) == ""
    assert told(profile_of(*[1.0] * 30)).count(".") >= 1
    assert "times as long" in told(profile_of(*[1.5] * 30))
