"""Measures how a turn sounded, with Praat's algorithms.

Syllable nuclei: peaks of intensity with a dip of 2 dB before them that are voiced (de Jong and Wempe 2009,
"Praat script to detect syllable nuclei and measure speech rate automatically"). Pitch: Boersma's
autocorrelation method (1993), 60 to 500 Hz. Pauses follow the same source: 25 dB under the loudest parts,
0.25 s or longer.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

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
_LEAST_SNR_DB = 8.0
"""Speech must stand this far above the quietest parts, or the room is what is measured."""
_LEAST_DBFS = -60.0
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
    samples = samples[-round(_LONGEST_S * MIC_RATE_HZ) :]
    if len(samples) < _LEAST_S * MIC_RATE_HZ:
        return None
    import parselmouth  # 0.1 s

    sound = parselmouth.Sound(samples.astype(np.float64) / 32768.0, sampling_frequency=MIC_RATE_HZ)
    level_db, times = levels(samples)
    loud_db = float(np.percentile(level_db, 95))
    if loud_db < _LEAST_DBFS:
        return None
    threshold_db = max(loud_db - _SOUNDING_DB, _LEAST_DBFS)
    sounding = level_db >= threshold_db
    if not sounding.any():
        return None
    first, last = np.flatnonzero(sounding)[[0, -1]]
    level_db, sounding, times = level_db[first : last + 1], sounding[first : last + 1], times[first : last + 1]
    speech_s = len(times) * STEP_S
    if speech_s < _LEAST_S:
        return None
    pitch = pitch_hz(sound, times)
    voiced = ~np.isnan(pitch) & sounding
    pauses = _silences(sounding)
    sounding_s = speech_s - sum(pauses)
    nuclei = syllable_nuclei(level_db, voiced, threshold_db)
    words = len(heard.text.split())
    is_noisy = loud_db - float(np.percentile(level_db, 2)) < _LEAST_SNR_DB and speech_s > 1.0
    voiced_share = float(voiced.sum() / max(1, sounding.sum()))
    melody = None if is_noisy or voiced_share < 0.2 else pitch[voiced]
    peaks_db = level_db[nuclei]
    return Prosody(
        speech_s=round(speech_s, 2),
        words=words,
        syllables_per_s=round(len(nuclei) / sounding_s, 2) if len(nuclei) >= 3 and sounding_s > 0.5 else None,
        words_per_minute=round(words * 60 / speech_s, 1) if words >= 4 else None,
        pauses=len(pauses),
        longest_pause_s=round(max(pauses, default=0.0), 2),
        pause_share=round(sum(pauses) / speech_s, 3),
        fillers=len(FILLERS.findall(heard.text.lower())),
        loudness_dbfs=round(_mean_db(level_db[sounding]), 1),
        loudness_spread_db=round(float(np.std(peaks_db)), 1) if len(nuclei) >= 4 else None,
        pitch_hz=round(float(np.median(melody)), 1) if melody is not None else None,
        pitch_range_st=_range_st(melody),
        final_rise_st=_final_rise_st(pitch, voiced) if melody is not None else None,
        trailing_db=_trailing_db(level_db, sounding),
        voiced_share=round(voiced_share, 3),
    )


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


def _trailing_db(level_db: Floats, sounding: npt.NDArray[np.bool_]) -> float | None:
    heard = level_db[sounding]
    if len(heard) < 150:
        return None
    return round(_mean_db(heard[-50:]) - _mean_db(heard[:-50]), 1)
