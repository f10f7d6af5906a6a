"""How a turn sounded: measured on real synthetic voices and on sound that holds no speech."""

from __future__ import annotations

import threading

import msgspec
import numpy as np
import pytest

from voice_agent.audio.protocols import Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.voices import load_voice
from voice_agent.conversation import Transcript, Word
from voice_agent.feedback.sounding import measure
from voice_agent.feedback.sounding_notes import MOST_NOTES, ends_by_asking, notes
from voice_agent.prosody import Prosody, ProsodyNoteKind, SpeechBaseline
from voice_agent.registry import engine
from voice_agent.speech.protocols import Delivery

TEXT = "on monday and tuesday your pans were in the sink and i washed them before work"
RATE = 16_000


def spoken(text: str = TEXT, **delivery: float) -> Int16Array:
    voice = load_voice("espeak-us-woman")
    spec = engine("synthesizer", voice.engine)
    synthesizer = spec.open(spec.options(), voice)
    try:
        blocks = [block.samples for block in synthesizer.speak(text, Delivery(**delivery), threading.Event())]
        return resampled(np.concatenate(blocks), synthesizer.sample_rate_hz, RATE)
    finally:
        synthesizer.close()


def sound_of(samples: Int16Array, text: str = TEXT) -> Prosody:
    found = measure(samples, Transcript(text))
    assert found is not None
    return found


def test_a_faster_voice_is_measured_as_faster() -> None:
    slow, fast = sound_of(spoken(rate=0.8)), sound_of(spoken(rate=1.5))
    assert slow.syllables_per_s is not None
    assert fast.syllables_per_s is not None
    assert fast.syllables_per_s > 1.3 * slow.syllables_per_s
    assert fast.speech_s < slow.speech_s


def test_a_higher_voice_is_measured_as_higher() -> None:
    low, high = sound_of(spoken(pitch=0.8)), sound_of(spoken(pitch=1.3))
    assert low.pitch_hz is not None
    assert high.pitch_hz is not None
    assert high.pitch_hz > 1.2 * low.pitch_hz


def test_a_quieter_voice_is_measured_as_quieter() -> None:
    samples = spoken()
    loud, quiet = sound_of(samples), sound_of((samples // 4).astype(np.int16))
    assert loud.loudness_dbfs is not None
    assert quiet.loudness_dbfs == pytest.approx(loud.loudness_dbfs - 12, abs=1)


def test_pauses_are_counted_with_their_length() -> None:
    gap = np.zeros(round(1.2 * RATE), np.int16)
    found = sound_of(
        np.concatenate([spoken("on monday your pans were in the sink"), gap, spoken("and i washed them")])
    )
    assert found.pauses >= 1
    assert found.longest_pause_s == pytest.approx(1.3, abs=0.35)


def test_an_ending_that_dies_away_is_noticed() -> None:
    samples = spoken().astype(np.float64)
    samples[-round(1.2 * RATE) :] *= 0.15
    told = notes(sound_of(samples.astype(np.int16)))
    assert ProsodyNoteKind.TRAILING in {note.kind for note in told}


def test_a_voice_that_glides_up_at_the_end_is_measured() -> None:
    times = np.arange(round(1.5 * RATE)) / RATE
    pitch = np.where(times < 1.0, 180, 180 * 2 ** ((times - 1.0) / 0.5))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = np.sum([np.sin(phase * k) / k for k in range(1, 8)], axis=0)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * 4 * times)
    silence = np.zeros(RATE // 2)
    sound = np.concatenate([silence, tone * syllables * 4000, silence]).astype(np.int16)
    found = measure(sound, Transcript("are you sure about that"))
    assert found is not None
    assert found.final_rise_st is not None
    assert found.final_rise_st > 3


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.int16),
        np.zeros(RATE * 2, np.int16),
        np.random.default_rng(1).normal(0, 900, RATE * 2).astype(np.int16),
        np.full(RATE, 32767, np.int16),
    ],
)
def test_what_is_no_speech_claims_nothing_about_the_voice(samples: Int16Array) -> None:
    found = measure(samples, Transcript(""))
    told = notes(found)
    assert all(note.kind is ProsodyNoteKind.QUALITY for note in told) or not told


def test_a_whisper_has_no_melody() -> None:
    rng = np.random.default_rng(3)
    loud = np.abs(spoken().astype(np.float64))
    envelope = np.convolve(loud, np.ones(400) / 400, mode="same")
    whisper = (rng.normal(0, 1, len(envelope)) * envelope).clip(-32000, 32000).astype(np.int16)
    told = notes(measure(whisper, Transcript(TEXT)))
    assert [note.kind for note in told] == [ProsodyNoteKind.QUALITY]


def test_a_single_word_is_not_judged_by_its_rate() -> None:
    told = notes(measure(spoken("no"), Transcript("no")))
    assert ProsodyNoteKind.RATE not in {note.kind for note in told}


def test_the_learners_own_way_of_talking_is_the_measure() -> None:
    found = sound_of(spoken(rate=1.2))
    assert found.syllables_per_s is not None
    same = SpeechBaseline(syllables_per_s=found.syllables_per_s, loudness_dbfs=found.loudness_dbfs)
    slow = SpeechBaseline(syllables_per_s=found.syllables_per_s / 1.5, loudness_dbfs=found.loudness_dbfs)
    assert ProsodyNoteKind.RATE not in {note.kind for note in notes(found, same)}
    assert ProsodyNoteKind.RATE in {note.kind for note in notes(found, slow)}
    assert len(notes(found, slow)) <= MOST_NOTES


def in_a_room(samples: Int16Array, noise_dbfs: float) -> Int16Array:
    """Half a second of the room before the speech, and a second after it."""
    parts = np.concatenate([np.zeros(RATE // 2), samples, np.zeros(RATE)])
    room = np.random.default_rng(5).normal(0, 32768 * 10 ** (noise_dbfs / 20), len(parts))
    return (parts + room).clip(-32768, 32767).astype(np.int16)


@pytest.mark.parametrize("below_speech_db", [45, 22])
def test_the_room_is_not_taken_for_the_voice(below_speech_db: int) -> None:
    quiet = sound_of(spoken())
    assert quiet.loudness_dbfs is not None
    found = sound_of(in_a_room(spoken(), quiet.loudness_dbfs - below_speech_db))
    assert found.speech_s == pytest.approx(quiet.speech_s, abs=0.3)
    assert found.syllables_per_s == pytest.approx(quiet.syllables_per_s, rel=0.15)
    assert ProsodyNoteKind.TRAILING not in {note.kind for note in notes(found)}


def test_in_loud_noise_nothing_is_said_but_that() -> None:
    told = notes(sound_of(in_a_room(spoken(), -22)))
    assert [note.kind for note in told] == [ProsodyNoteKind.QUALITY]
    assert "noise" in told[0].sentence


def test_a_door_after_the_words_is_no_part_of_the_turn() -> None:
    samples = in_a_room(spoken(), -70)
    speech_s = sound_of(samples).speech_s
    at = round((0.5 + speech_s + 0.7) * RATE)
    samples[at : at + RATE // 20] = np.random.default_rng(6).integers(-15000, 15000, RATE // 20)
    words = (Word("on", 0.5, 0.7), Word("work", 0.2 + speech_s, 0.5 + speech_s))
    found = measure(samples, Transcript(TEXT, words))
    assert found is not None
    assert found.speech_s == pytest.approx(speech_s, abs=0.1)
    assert sound_of(samples).speech_s > speech_s + 0.5


def test_a_question_may_rise_at_its_end() -> None:
    rising = Prosody(speech_s=3, words=8, syllables_per_s=4, loudness_dbfs=-20, voiced_share=0.6, final_rise_st=6)
    kinds = {
        said: [note.kind for note in notes(rising, said=said)] for said in ("i need it by friday", "can you do it")
    }
    assert kinds == {"i need it by friday": [ProsodyNoteKind.FINAL_RISE], "can you do it": []}


@pytest.mark.parametrize(
    ("said", "asks"),
    [
        ("i washed them all so would you do yours tonight", True),
        ("I was up at six. What would make it possible for you?", True),
        ("Is that clear? I need it by Friday.", False),
        ("i would like you to wash them tonight", False),
        ("", False),
    ],
)
def test_a_turn_asks_by_its_last_clause(said: str, asks: bool) -> None:
    assert ends_by_asking(said) is asks


def test_even_is_told_only_of_what_was_measured() -> None:
    even = Prosody(
        speech_s=3,
        words=8,
        syllables_per_s=4,
        loudness_dbfs=-20,
        loudness_spread_db=2,
        trailing_db=-2,
        voiced_share=0.6,
    )
    assert [note.kind for note in notes(even)] == [ProsodyNoteKind.STEADINESS]
    assert notes(msgspec.structs.replace(even, trailing_db=None)) == ()
    assert notes(msgspec.structs.replace(even, trailing_db=-7.5)) == ()


def test_without_a_baseline_nobody_is_told_how_they_usually_talk() -> None:
    pausing = Prosody(
        speech_s=9, words=9, pauses=5, longest_pause_s=1.2, pause_share=0.5, loudness_dbfs=-20, voiced_share=0.6
    )
    [told] = notes(pausing)
    [compared] = notes(pausing, SpeechBaseline(pause_share=0.1))
    assert "usually" not in told.sentence
    assert "usually" in compared.sentence
