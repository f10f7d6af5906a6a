"""Measures how a turn sounded, with Praat's algorithms.

Syllable nuclei: peaks of intensity with a dip of 2 dB before them that are voiced (de Jong and Wempe 2009,
"Praat script to detect syllable nuclei and measure speech rate automatically"). Pitch: Boersma's
autocorrelation method (1993), 60 to 500 Hz. Pauses follow the same source: 25 dB under the loudest parts,
0.25 s or longer. The room is told from the voice by its own level, and what a recognizer heard no words in, a cough
or a door, lies outside the turn.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.conversation import Transcript
from voice_agent.prosody import Prosody

Floats = npt.NDArray[np.float64]

STEP_S = 0.01
PAUSE_S = 0.25
_SOUNDING_DB = 25.0
"""Under the level that one frame in twenty exceeds, a frame is silent."""
_DIP_DB = 2.0
_LEAST_S = 0.3
"""Shorter sound holds no melody and no rate."""
_LEAST_SNR_DB = 15.0
"""Speech must stand this far above the quietest parts, or the room is what is measured."""
_ABOVE_ROOM_DB = 6.0
"""A steady room moves less than this from one frame to the next."""
_LEAST_DBFS = -60.0
_WORD_SLACK_S = 0.3
"""How far off a recognizer's times may be."""
_END_FRAMES = 40
"""The last 0.4 s of voice: one word or two."""
_LONGEST_S = 120.0
"""What is longer is measured by its end: two minutes are enough, and cost 0.1 s."""
FILLERS = re.compile(r"\b(?:u+m+|u+h+|er+|erm|hm+|mm+)\b")


def load_praat() -> None:
    """Blocking, 0.1 s once, in which no other thread runs; where it can't be loaded, the first turn tells it."""
    with suppress(ImportError):
        import parselmouth  # noqa: F401


def measure(samples: Int16Array, heard: Transcript) -> Prosody | None:
    """Measures of one turn, 16 kHz mono; None when there is no speech to measure.

    Blocking: about 5 ms for 5 s of sound, after 0.1 s for loading Praat at the first call.
    """
    voice = _voice_in(samples, heard)
    if voice is None or voice.speech_s < _LEAST_S:
        return None
    words = len(heard.text.split())
    found = Prosody(speech_s=round(voice.speech_s, 2), words=words, fillers=len(FILLERS.findall(heard.text.lower())))
    if voice.above_room_db < _LEAST_SNR_DB:
        return found
    level_db, sounding, pitch = voice.level_db, voice.sounding, voice.pitch
    voiced = ~np.isnan(pitch) & sounding
    pauses = _silences(sounding | voice.audible)
    sounding_s = voice.speech_s - sum(pauses)
    nuclei = syllable_nuclei(level_db, voiced, voice.threshold_db)
    voiced_share = float(voiced.sum() / max(1, sounding.sum()))
    melody = None if voiced_share < 0.2 else pitch[voiced]
    return msgspec.structs.replace(
        found,
        syllables_per_s=round(len(nuclei) / sounding_s, 2) if len(nuclei) >= 3 and sounding_s > 0.5 else None,
        words_per_minute=round(words * 60 / voice.speech_s, 1) if words >= 4 else None,
        pauses=len(pauses),
        longest_pause_s=round(max(pauses, default=0.0), 2),
        pause_share=round(sum(pauses) / voice.speech_s, 3),
        loudness_dbfs=round(_mean_db(level_db[sounding]), 1),
        loudness_spread_db=round(float(np.std(level_db[nuclei])), 1) if len(nuclei) >= 4 else None,
        pitch_hz=round(float(np.median(melody)), 1) if melody is not None else None,
        pitch_range_st=_range_st(melody),
        final_rise_st=_final_rise_st(pitch, voiced) if melody is not None else None,
        trailing_db=_trailing_db(level_db[voice.audible]),
        voiced_share=round(voiced_share, 3),
    )


@dataclass(frozen=True, slots=True)
class _Voice:
    """The frames from the first sound of speech to the last."""

    level_db: Floats
    pitch: Floats
    """Hz; NaN where unvoiced."""
    sounding: npt.NDArray[np.bool_]
    """At least as loud as `threshold_db`."""
    audible: npt.NDArray[np.bool_]
    """Voiced and above the room: a voice that dies away falls under the threshold, but not under the room."""
    threshold_db: float
    above_room_db: float

    @property
    def speech_s(self) -> float:
        return len(self.level_db) * STEP_S


def _voice_in(samples: Int16Array, heard: Transcript) -> _Voice | None:
    """None when nothing sounds in it."""
    skipped = max(0, len(samples) - round(_LONGEST_S * MIC_RATE_HZ))
    samples = samples[skipped:]
    if len(samples) < _LEAST_S * MIC_RATE_HZ:
        return None
    import parselmouth  # 0.1 s

    level_db, times = levels(samples)
    inside = _where_words_are(heard, times + skipped / MIC_RATE_HZ)
    if not inside.any():
        return None
    loud_db, room_db = float(np.percentile(level_db[inside], 95)), float(np.percentile(level_db, 5))
    if loud_db < _LEAST_DBFS:
        return None
    least_db = max(room_db + _ABOVE_ROOM_DB, _LEAST_DBFS)
    threshold_db = max(loud_db - _SOUNDING_DB, least_db)
    sounding = (level_db >= threshold_db) & inside
    pitch = pitch_hz(parselmouth.Sound(samples.astype(np.float64) / 32768.0, sampling_frequency=MIC_RATE_HZ), times)
    audible = ~np.isnan(pitch) & (level_db >= least_db) & inside
    if not sounding.any():
        return None
    first, last = np.flatnonzero(sounding | audible)[[0, -1]]
    part = slice(first, last + 1)
    return _Voice(
        level_db[part], pitch[part], sounding[part], audible[part], threshold_db, above_room_db=loud_db - room_db
    )


def _where_words_are(heard: Transcript, times: Floats) -> npt.NDArray[np.bool_]:
    """Which of the times lie between the first word and the last; all, where the words have no times."""
    if not heard.words or heard.words[-1].end_s <= heard.words[0].start_s:
        return np.ones(len(times), dtype=np.bool_)
    since_s, until_s = heard.words[0].start_s - _WORD_SLACK_S, heard.words[-1].end_s + _WORD_SLACK_S
    inside: npt.NDArray[np.bool_] = (times >= since_s) & (times <= until_s)
    return inside


def levels(samples: Int16Array) -> tuple[Floats, Floats]:
    """Level in dBFS of each 10 ms frame over a 40 ms window, and the frames' times in seconds."""
    step, window = round(STEP_S * MIC_RATE_HZ), round(0.04 * MIC_RATE_HZ)
    power = np.convolve((samples.astype(np.float64) / 32768.0) ** 2, np.ones(window) / window, mode="same")
    frames: Floats = power[step // 2 :: step].astype(np.float64)
    times: Floats = (np.arange(len(frames), dtype=np.float64) + 0.5) * STEP_S
    levels: Floats = 10 * np.log10(frames + 1e-12)
    return levels, times


def pitch_hz(sound: Any, times: Floats) -> Floats:
    """Hz at each time; NaN where unvoiced."""
    pitch = sound.to_pitch(time_step=STEP_S, pitch_floor=60.0, pitch_ceiling=500.0)
    found = np.asarray(pitch.selected_array["frequency"], dtype=np.float64)
    centres = np.asarray(pitch.xs(), dtype=np.float64)
    nearest = np.clip(np.searchsorted(centres, times), 0, max(0, len(centres) - 1))
    values: Floats = found[nearest] if len(found) else np.zeros(len(times))
    return np.where(values > 0, values, np.nan)


def _silences(sounding: npt.NDArray[np.bool_]) -> list[float]:
    """Lengths in seconds of the silences of at least `PAUSE_S` inside the speech."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], sounding, [True]]).astype(np.int8)))
    return [
        float(stop - start) * STEP_S
        for start, stop in zip(edges[::2], edges[1::2], strict=True)
        if (stop - start) * STEP_S >= PAUSE_S
    ]


def syllable_nuclei(level_db: Floats, voiced: npt.NDArray[np.bool_], threshold_db: float) -> npt.NDArray[np.intp]:
    """Frames of the syllable nuclei."""
    smooth = np.convolve(level_db, np.ones(5) / 5, mode="same")
    peaks = np.flatnonzero((smooth[1:-1] >= smooth[:-2]) & (smooth[1:-1] > smooth[2:])) + 1
    kept: list[int] = []
    for peak in peaks:
        if smooth[peak] < threshold_db or not voiced[max(0, peak - 3) : peak + 4].any():
            continue
        if kept and smooth[kept[-1] : peak + 1].min() > min(smooth[kept[-1]], smooth[peak]) - _DIP_DB:
            if smooth[peak] > smooth[kept[-1]]:
                kept[-1] = int(peak)
            continue
        kept.append(int(peak))
    return np.array(kept, dtype=np.intp)


def _mean_db(level_db: Floats) -> float:
    return float(10 * np.log10(np.mean(10 ** (level_db / 10))))


def _range_st(melody: Floats | None) -> float | None:
    if melody is None or len(melody) < 20:
        return None
    low, high = np.percentile(melody, [10, 90])
    return round(12 * float(np.log2(high / low)), 1)


def _final_rise_st(pitch: Floats, voiced: npt.NDArray[np.bool_]) -> float | None:
    """The melody of the last 0.4 s of voice."""
    frames = np.flatnonzero(voiced)
    end = frames[frames > frames[-1] - 40]
    if len(end) < 12:
        return None
    third = max(3, len(end) // 3)
    begin_hz, end_hz = float(np.median(pitch[end[:third]])), float(np.median(pitch[end[-third:]]))
    rise = 12 * float(np.log2(end_hz / begin_hz))
    # An octave within a third of a second, or a rise out of the depth, is a slip of the tracker: creak.
    is_slip = abs(rise) >= 10 or (rise > 0 and end_hz < 1.1 * float(np.median(pitch[voiced])))
    return None if is_slip else round(rise, 1)


def _trailing_db(voice_db: Floats) -> float | None:
    """voice_db: the level of each voiced frame."""
    if len(voice_db) < 2 * _END_FRAMES:
        return None
    return round(_mean_db(voice_db[-_END_FRAMES:]) - _mean_db(voice_db[:-_END_FRAMES]), 1)
