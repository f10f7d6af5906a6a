"""Tracks of utterances: where the speech lies, where the pauses are, and what is known of the words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.bench.tracks import BARGE_IN_AFTER_S, Tape, build, paused
from voice_agent.bench.utterances import Utterance, aligned, levels, recorded, spoken
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import UserError
from voice_agent.registry import engine
from voice_agent.speech.protocols import Synthesizer
from voice_agent.speech.truth import read_truth
from voice_agent.testing.recognizer import LINE, speech


@pytest.fixture(scope="module")
def voice() -> Synthesizer:
    chosen = load_voice("espeak-us-man")
    spec = engine("synthesizer", chosen.engine)
    opened: Synthesizer = spec.open(spec.options(), chosen)
    return opened


@pytest.fixture(scope="module")
def said(voice: Synthesizer) -> list[Utterance]:
    return list(spoken(voice, ["would you please wash your dishes", "before you go to bed tonight", LINE, LINE]))


def longest_still_s(sound: Int16Array) -> float:
    """The longest stretch in which nothing is louder than faint noise."""
    found, run = 0, 0
    for level in levels(sound):
        run = run + 1 if level < 40 else 0
        found = max(found, run)
    return found / 100


def test_a_synthetic_voice_marks_its_words_in_order_and_inside_its_speech(said: list[Utterance]) -> None:
    for utterance in said:
        assert utterance.words
        for before, after in pairwise(utterance.words):
            assert before.start <= before.end <= after.start
        assert utterance.words[0].start >= utterance.start_s - 0.05
        assert utterance.words[-1].end == pytest.approx(utterance.end_s)
    assert " ".join(word.word for word in said[2].words) == LINE


def test_alignment_finds_known_words_where_they_are_said(voice: Synthesizer) -> None:
    sound = speech()
    words = aligned(sound, LINE)
    assert [word.word for word in words] == LINE.split()
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(words))
    # Half a second of a still room lies around the line.
    assert 0.3 < words[0].start < 0.8
    assert len(sound) / MIC_RATE_HZ - 1.2 < words[-1].end < len(sound) / MIC_RATE_HZ - 0.3


def test_a_text_with_a_word_that_no_dictionary_has_gives_no_times() -> None:
    assert aligned(speech(), "would you please wash your xyzzyx") == ()


def test_recordings_bring_their_words_in_a_text_or_a_table_or_not_at_all(tmp_path: Path) -> None:
    for name in ("one", "two-and-more", "three"):
        soundfile.write(tmp_path / f"{name}.wav", speech(), MIC_RATE_HZ)
    soundfile.write(tmp_path / "still.wav", np.zeros(MIC_RATE_HZ, np.int16), MIC_RATE_HZ)
    (tmp_path / "one.txt").write_text(LINE)
    (tmp_path / "README.md").write_text(f"| file | words | from |\n| two…more.wav | {LINE} | us |\n")
    found = {one.name: one for one in recorded(tmp_path)}
    assert sorted(found) == ["one", "three", "two-and-more"], "what holds no speech is left out"
    assert found["one"].words == found["two-and-more"].words
    assert found["three"].words == ()
    assert found["three"].start_s < 0.2, "the room before and after the speech is cut off"


@pytest.mark.parametrize("pause_s", [0.4, 1.0])
def test_a_pause_lies_between_two_words_and_is_as_long_as_it_says(said: list[Utterance], pause_s: float) -> None:
    for utterance in said:
        whole = paused(utterance, pause_s)
        assert longest_still_s(utterance.samples) < 0.25
        assert longest_still_s(whole.samples) == pytest.approx(pause_s, abs=0.12)
        gaps = [after.start - before.end for before, after in pairwise(whole.words)]
        pauses = 2 if utterance.end_s - utterance.start_s >= 4 else 1
        assert sum(gap > pause_s - 0.12 for gap in gaps) == pauses
        assert [word.word for word in whole.words] == [word.word for word in utterance.words]


def test_without_words_a_pause_lies_where_the_sound_is_quietest(said: list[Utterance]) -> None:
    bare = Utterance("bare", said[0].samples, said[0].start_s, said[0].end_s)
    assert longest_still_s(paused(bare, 0.7).samples) == pytest.approx(0.7, abs=0.12)


def test_a_track_has_its_turns_where_the_truth_says(said: list[Utterance], tmp_path: Path) -> None:
    tapes = build(said, pauses_s=(0.7,), reply_s=2.0)
    assert list(tapes) == ["plain", "pause-0.7", "barge-in"]
    assert [len(tape.turns) for tape in tapes.values()] == [4, 3, 8]
    for name, tape in tapes.items():
        tape.write(tmp_path / name)
        sound = read_sound(tmp_path / f"{name}.wav")
        loud = levels(sound) > 100
        for turn in read_truth(tmp_path / f"{name}.json", track_s=len(sound) / MIC_RATE_HZ):
            first, last = round(turn.start * 100), round(turn.end * 100)
            assert loud[first : first + 10].any()
            assert loud[last - 10 : last].any()
            assert not loud[last + 12 : last + 90].any()
            assert turn.words
        assert sound[:100].any(), "a microphone is never still"
    before, barge_in = tapes["barge-in"].turns[:2]
    assert (before.barge_in, barge_in.barge_in) == (False, True)
    assert barge_in.start - before.end == pytest.approx(BARGE_IN_AFTER_S, abs=0.3)


def test_the_same_utterances_make_the_same_track(said: list[Utterance], tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(said[:2], pauses_s=(0.4,), reply_s=1.0)["pause-0.4"].write(tmp_path / name)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_one_utterance_is_too_few_and_a_folder_without_sound_is_told(said: list[Utterance], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="1 utterance is too few"):
        build(said[:1])
    with pytest.raises(UserError, match="holds no WAV file"):
        recorded(tmp_path)


def test_words_of_a_turn_are_left_out_when_one_of_its_utterances_has_none(said: list[Utterance]) -> None:
    tape = Tape()
    tape.turn([said[0], Utterance("bare", said[1].samples, said[1].start_s, said[1].end_s)], pause_s=0.4)
    assert tape.turns[0].words == ()
