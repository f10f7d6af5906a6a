"""Trains the melody of a turn's end on synthetic voices, and joins it with the words."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from sklearn.linear_model import LogisticRegression

from training.cuts import SpokenPause, SpokenTurn, pause_weights, pauses_of, spoken_turn, word_ends
from training.dataset import turns
from voice_agent.audio.protocols import MIC_RATE_HZ
from voice_agent.audio.resampling import resampled, to_mono_int16
from voice_agent.pipeline.turn_end.melody import MEASURES, Floats, MelodyModel, measures
from voice_agent.pipeline.turn_end.spoken_words import spoken_words
from voice_agent.pipeline.turn_end.words import Words

VOICES = {
    "train": ("flite-slt", "flite-rms", "espeak-us-man"),
    "dev": ("flite-kal16", "espeak-gb-woman"),
    "test": ("flite-awb", "espeak-lancashire-woman"),
}
"""No voice is in two splits: what is learnt must be speech, not one synthesizer's habit."""
SILENCE_S = 0.2
REGULARITY = 0.02
REAL_SHARE = 0.25
"""Of the fit that people's recordings get, however few: synthetic voices do not trail off."""
WHOLE_WEIGHT = 600.0


@dataclass(frozen=True, slots=True)
class Pauses:
    """Aligned arrays of pauses."""

    over: Floats
    words: Floats
    """Log odds by the words alone."""
    measures: Floats
    """(pauses, `len(MEASURES)`); NaN where there was too little sound."""


def spoken_split(split: str, count: int, seed: int, voices: tuple[str, ...]) -> list[SpokenTurn]:
    """Turns of a split, each by one of the voices."""
    rng = random.Random(seed)
    chosen = [turn for turn in turns(split) if len(turn.utterance.split()) <= 40]
    rng.shuffle(chosen)
    found: list[SpokenTurn] = []
    for number, turn in enumerate(chosen):
        if len(found) >= count:
            break
        spoken = spoken_turn(turn.utterance, turn.partner_line, voices[number % len(voices)])
        if spoken is not None:
            found.append(spoken)
    return found


def read_aloud(folder: Path) -> list[SpokenTurn]:
    """People's recordings: WAV files at 16 kHz, the words of each in a .txt beside it."""
    found = []
    for path in sorted(folder.glob("*.wav")):
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        samples, rate_hz = soundfile.read(path, dtype="int16")
        samples = resampled(to_mono_int16(samples), rate_hz, MIC_RATE_HZ)
        if (ends := word_ends(samples, text)) is not None:
            found.append(SpokenTurn(tuple(spoken_words(text)), "", samples, ends, path.stem))
    return found


def at_every_gap(spoken: list[SpokenTurn], seed: int) -> list[SpokenPause]:
    rng = random.Random(seed)
    return [
        pause
        for turn in spoken
        for pause in pauses_of(turn, np.ones(len(turn.words), np.float32), rng, silence_s=SILENCE_S)
    ]


def pauses_in(spoken: list[SpokenTurn], seed: int) -> list[SpokenPause]:
    rng = random.Random(seed)
    return [
        pause
        for turn in spoken
        for pause in pauses_of(turn, pause_weights(" ".join(turn.words)), rng, silence_s=SILENCE_S)
    ]


def read(pauses: list[SpokenPause], known: Words) -> Pauses:
    words = [known.log_odds(pause.said, pause.partner_line) or 0.0 for pause in pauses]
    nothing = np.full(len(MEASURES), np.nan)
    sounds = [measures(pause.samples) for pause in pauses]
    return Pauses(
        np.array([pause.is_over for pause in pauses], np.float64),
        np.array(words),
        np.stack([nothing if sound is None else sound for sound in sounds]),
    )


def fit_melody(synthetic: Pauses, real: Pauses | None) -> MelodyModel:
    """The odds are against an even start: the words hold how often turns end."""
    parts = [(synthetic, 1.0)] if real is None else [(synthetic, 1 - REAL_SHARE), (real, REAL_SHARE)]
    found, over, weights = [], [], []
    for data, share in parts:
        heard = ~np.isnan(data.measures[:, 0])
        ends = data.over[heard]
        found.append(data.measures[heard])
        over.append(ends)
        weights.append(share * WHOLE_WEIGHT * np.where(ends > 0, 0.5 / ends.sum(), 0.5 / (1 - ends).sum()))
    means, scales = found[0].mean(0), found[0].std(0) + 1e-3
    standing = np.clip((np.vstack(found) - means) / scales, -4, 4)
    model = LogisticRegression(C=REGULARITY).fit(
        standing, np.concatenate(over), sample_weight=np.concatenate(weights)
    )
    return MelodyModel(rounded(means), rounded(scales), rounded(model.coef_[0]), rounded(model.intercept_)[0])


def rounded(values: Floats) -> list[float]:
    return [round(float(value), 4) for value in values]


def melody_odds(model: MelodyModel, data: Pauses) -> Floats:
    """0 where there was too little sound."""
    return np.array([0.0 if np.isnan(row[0]) else model.log_odds(row) for row in data.measures])


def left_out_odds(synthetic: Pauses, people: list[Pauses]) -> list[Floats]:
    """Each recording's melody by a model that has not heard it."""
    return [
        melody_odds(fit_melody(synthetic, joined(people[:at] + people[at + 1 :])), one)
        for at, one in enumerate(people)
    ]


def joined(parts: list[Pauses]) -> Pauses:
    return Pauses(
        np.concatenate([part.over for part in parts]),
        np.concatenate([part.words for part in parts]),
        np.concatenate([part.measures for part in parts]),
    )


def fit_joint(words: Floats, melody: Floats, over: Floats, weights: Floats) -> tuple[float, float, float]:
    """(weight of the words, weight of the melody, bias)."""
    model = LogisticRegression(C=1.0).fit(np.stack([words, melody], axis=1), over, sample_weight=weights)
    by_words, by_melody = rounded(model.coef_[0])
    return by_words, by_melody, rounded(model.intercept_)[0]


def fit_alone(melody: Floats, over: Floats) -> tuple[float, float]:
    """(weight of the melody, bias) where no words were heard."""
    model = LogisticRegression(C=1.0).fit(melody[:, None], over)
    return rounded(model.coef_[0])[0], rounded(model.intercept_)[0]
