"""The data set as arrays."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voice_agent.annotation import AnnotatedTurn, ContrastingPair
from voice_agent.catalog.json_lines import read_lines
from voice_agent.conversation import Act
from voice_agent.dearman import Skill
from voice_agent.feedback.rater_input import cues, texts

DATA = Path(__file__).parent / "data"
SKILLS = tuple(Skill)
ACTS = tuple(Act)
Levels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Aligned arrays of turns."""

    ids: tuple[str, ...]
    said: tuple[str, ...]
    lines: tuple[str, ...]
    cues: npt.NDArray[np.float32]
    levels: Levels
    """Shape (turns, 7), in the order of `Skill`."""
    next_skill: Levels
    """-1 where it is not annotated."""
    act: Levels

    def __len__(self) -> int:
        return len(self.ids)


def turns(split: str | None = None, path: Path = DATA / "turns.jsonl") -> list[AnnotatedTurn]:
    """All turns, or those of one split."""
    return [turn for turn in read_lines(path, AnnotatedTurn) if split is None or turn.split == split]


def pairs(path: Path = DATA / "pairs.jsonl") -> list[ContrastingPair]:
    """All contrasting pairs, of all splits."""
    return read_lines(path, ContrastingPair)


def examples(chosen: list[AnnotatedTurn]) -> Examples:
    """The turns as the network reads them."""
    read = [texts(turn.utterance, turn.partner_line) for turn in chosen]
    return Examples(
        ids=tuple(turn.id for turn in chosen),
        said=tuple(said for said, _ in read),
        lines=tuple(line for _, line in read),
        cues=np.stack([cues(said) for said, _ in read]),
        levels=np.array([[turn.labels[skill] for skill in SKILLS] for turn in chosen], dtype=np.int64),
        next_skill=np.array([SKILLS.index(t.next_skill) if t.next_skill else -1 for t in chosen], dtype=np.int64),
        act=np.array([ACTS.index(t.act) if t.act else -1 for t in chosen], dtype=np.int64),
    )


FILLERS = ("um", "uh", "like", "you know", "i mean", "well")


def spoken(text: str, rng: random.Random) -> str:
    """A written turn as a recognizer may print it: no capitals, no punctuation, some fillers and restarts."""
    words = re.sub(r"[^\w' ]+", " ", text.lower().replace("\u2019", "'")).split()
    said: list[str] = []
    for word in words:
        chance = rng.random()
        if chance < 0.03:
            said.append(rng.choice(FILLERS))
        elif chance < 0.05:
            said.append(word)
        elif chance < 0.06:
            continue
        said.append(word)
    return " ".join(said)
