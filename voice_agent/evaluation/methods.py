"""Ways to rate turns, from the simplest baseline to the shipped rater; each learns from the training split alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from voice_agent.annotation import AnnotatedTurn
from voice_agent.dearman import Level, Skill
from voice_agent.errors import UserError
from voice_agent.feedback.encoder import Encoder, shared_encoder
from voice_agent.feedback.protocols import RatedTurn
from voice_agent.feedback.rater_input import plain
from voice_agent.feedback.trained import TrainedRater

SKILLS = tuple(Skill)
NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What a method says of one turn."""

    levels: dict[Skill, Level]
    next_skill: Skill


Method = Callable[[Sequence[AnnotatedTurn], Sequence[AnnotatedTurn]], list[Told]]
"""(turns to learn from, turns to rate) to what is told of the latter."""


def majority(train: Sequence[AnnotatedTurn], test: Sequence[AnnotatedTurn]) -> list[Told]:
    """Always the most frequent level."""
    levels = {skill: Counter(turn.labels[skill] for turn in train).most_common(1)[0][0] for skill in SKILLS}
    following = Counter(turn.next_skill for turn in train if turn.next_skill).most_common(1)
    told = Told(levels, following[0][0] if following else Skill.DESCRIBE)
    return [told] * len(test)


def tfidf(train: Sequence[AnnotatedTurn], test: Sequence[AnnotatedTurn]) -> list[Told]:
    """Words and pairs of words, logistic regression (scikit-learn). Raises UserError where that is not installed."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise UserError(
            "the baselines need scikit-learn", place="eval", cure="pip install 'voice-agent[evaluation]'"
        ) from error
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    seen = words.fit_transform([plain(turn.utterance) for turn in train])
    unseen = words.transform([plain(turn.utterance) for turn in test])

    def fitted(truth: list[Any]) -> list[Any]:
        if len(set(truth)) == 1:
            return [truth[0]] * len(test)
        model = LogisticRegression(C=10, max_iter=2000, class_weight="balanced").fit(seen, [str(t) for t in truth])
        return list(model.predict(unseen))

    levels = {skill: fitted([int(turn.labels[skill]) for turn in train]) for skill in SKILLS}
    following = fitted([(turn.next_skill or Skill.DESCRIBE).value for turn in train])
    return [
        Told({skill: Level(int(levels[skill][i])) for skill in SKILLS}, Skill(following[i])) for i in range(len(test))
    ]


def nearest(train: Sequence[AnnotatedTurn], test: Sequence[AnnotatedTurn]) -> list[Told]:
    """The mean of the nearest turns, by the shipped encoder's vectors."""
    encoder = shared_encoder()
    seen, unseen = _vectors(train, encoder), _vectors(test, encoder)
    told = []
    for vector in unseen:
        near = [train[i] for i in np.argsort(-(seen @ vector))[:NEIGHBOURS]]
        levels = {
            skill: Level(int(np.floor(np.mean([turn.labels[skill] for turn in near]) + 0.5))) for skill in SKILLS
        }
        following = Counter(turn.next_skill for turn in near if turn.next_skill).most_common(1)
        told.append(Told(levels, following[0][0] if following else Skill.DESCRIBE))
    return told


def local(train: Sequence[AnnotatedTurn], test: Sequence[AnnotatedTurn]) -> list[Told]:
    """The shipped rater; it learnt from the shipped data set's training split, whatever is given here."""
    rater = TrainedRater(shared_encoder())
    readings = [rater.read(RatedTurn(said=turn.utterance, partner_line=turn.partner_line)) for turn in test]
    return [Told({skill: one.ratings.level(skill) for skill in SKILLS}, one.next_skill) for one in readings]


METHODS: dict[str, Method] = {"majority": majority, "tfidf": tfidf, "nearest": nearest, "local": local}


def _vectors(turns: Sequence[AnnotatedTurn], encoder: Encoder) -> np.ndarray:
    batches = [
        encoder.encode([(turn.utterance, turn.partner_line) for turn in turns[i : i + 32]]).embedding
        for i in range(0, len(turns), 32)
    ]
    return np.vstack(batches) if batches else np.zeros((0, 384), np.float32)
