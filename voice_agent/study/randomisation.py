"""Permuted blocks: the hidden list from which a participant gets an arm, one list for each site and stratum."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Mapping
from itertools import islice

from voice_agent.study.protocol import Study


def stratum_of(site: str, strata: Mapping[str, str]) -> str:
    """`site=main; experience=none`."""
    return "; ".join(f"{name}={value}" for name, value in [("site", site), *sorted(strata.items())])


def arm_at(study: Study, seed: str, stratum: str, place: int) -> str:
    """The arm at a place (from 0) of the stratum's list."""
    return next(islice(_arms(study, seed, stratum), place, None))


def _arms(study: Study, seed: str, stratum: str) -> Iterator[str]:
    """Balanced at the end of every block. The same seed gives the same list on every machine."""
    draw = random.Random(f"{seed}|{study.id}|{stratum}")
    once = [arm.id for arm in study.arms for _ in range(arm.weight)]
    sizes = sorted(set(study.randomisation.block_sizes))
    while True:
        block = once * (draw.choice(sizes) // len(once))
        draw.shuffle(block)
        yield from block


def seal_of(seed: str) -> str:
    """Published before the first participant, so that all can see afterwards that the list was not changed."""
    return hashlib.sha256(f"voice_agent study {seed}".encode()).hexdigest()
