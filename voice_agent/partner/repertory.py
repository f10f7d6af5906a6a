"""A partner without a language model: authored lines, chosen by meaning, by the learner's skill and by stance.

Every line is scored for the moment and the best is said. It is the same for the same moment, and no line is
said twice in a session. Lines of the scenario go before those of the shared library.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, replace

import msgspec

from voice_agent.catalog.shared_moves import shared_lines
from voice_agent.conversation import Act, Moment, Move, ReplyPart, StanceBand
from voice_agent.partner.moves import HABITS, Weights, candidate_moves
from voice_agent.partner.progress import progress
from voice_agent.registry import EngineSpec
from voice_agent.scenario import PartnerLine, Scenario, SharedLine
from voice_agent.stems import content_stems, holds, stems

_HARD_AND_WARY = (StanceBand.HARD, StanceBand.WARY)
_WARY_AND_SOFT = (StanceBand.WARY, StanceBand.SOFT)
_NATURAL_BANDS: dict[Move, tuple[StanceBand, ...]] = {
    **dict.fromkeys(HABITS, _HARD_AND_WARY),
    Move.ACKNOWLEDGE: _WARY_AND_SOFT,
    Move.OPEN_UP: _WARY_AND_SOFT,
    Move.HALF_AGREE: _WARY_AND_SOFT,
    Move.AGREE: (StanceBand.SOFT,),
}
"""Where a line that names no band may be said; other moves: anywhere."""

OWN_LINE = 0.9
FITS_ACT = 1.0
FITS_TOPIC = 1.6
OFF_TOPIC = -0.8
SHARED_WORDS = 0.35
SAME_MOVE_AGAIN = -1.3
JITTER = 0.5
"""Points of the choice: a topic that the learner touched counts about as much as the difference between two moves."""

_FALLBACK: Weights = {Move.ASK_BACK: 1.0, Move.ACKNOWLEDGE: 0.8, Move.STONEWALL: 0.6, Move.ANSWER: 0.2}
"""When every line of the fitting moves has been said."""


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    move: Move
    to: tuple[Act, ...]
    bands: tuple[StanceBand, ...]
    names_band: bool
    about: tuple[str, ...]
    needs: tuple[str, ...]
    is_own: bool
    content: frozenset[str]


class RepertoryPartner:
    """One scenario's person; see `Partner`."""

    name = "repertory"

    def __init__(self, scenario: Scenario, shared: Iterable[SharedLine]) -> None:
        self._scenario = scenario
        self._topics = {topic: [stems(cue) for cue in cues] for topic, cues in scenario.topics.items()}
        self._lines = [_own(line) for line in scenario.lines]
        manner = scenario.partner.manner
        self._lines += [_from_library(line, scenario) for line in shared if not line.manner or manner in line.manner]

    async def reply(self, moment: Moment) -> AsyncGenerator[ReplyPart, None]:
        line = self.choose(moment)
        yield ReplyPart(text=line.text, move=line.move)

    async def close(self) -> None:
        """Nothing to free."""

    def choose(self, moment: Moment) -> ReplyPart:
        """The line for this moment, whole."""
        talk = progress(moment.history, moment.reading)
        weights = candidate_moves(self._scenario, moment, talk)
        wanted: Weights = {moment.wanted_move: 1.0} if moment.wanted_move is not None else {}
        for choice in (
            wanted,
            weights,
            _FALLBACK,
            {Move.CLOSE_HALF if talk.half_agreed else Move.CLOSE_REFUSED: 1.0},
        ):
            if (line := self._best(choice, moment)) is not None:
                return ReplyPart(text=line.text, move=line.move)
        # Even the goodbyes are used up; silence is better than a line said twice.
        return ReplyPart(text="…", move=Move.CLOSE_REFUSED)

    def _best(self, weights: Weights, moment: Moment) -> _Line | None:
        said = stems(moment.said)
        touched_now = self._touched(said)
        touched = touched_now.union(
            *(self._touched(stems(f"{exchange.said} {exchange.answer}")) for exchange in moment.history)
        )
        content = content_stems(moment.said)
        last_moves = [exchange.move for exchange in moment.history[-2:]]
        chance = random.Random(moment.seed)
        best: tuple[float, _Line] | None = None
        for line in self._lines:
            jitter = chance.random() * JITTER
            if line.move not in weights or line.text in moment.already_said:
                continue
            if moment.stance.band not in line.bands or not touched.issuperset(line.needs):
                continue
            act_fit = _act_fit(line.to, moment.reading.acts)
            if act_fit is None:
                continue
            score = weights[line.move] + act_fit + jitter + OWN_LINE * line.is_own + 0.2 * line.names_band
            if line.about:
                score += FITS_TOPIC if touched_now.intersection(line.about) else OFF_TOPIC
            score += SHARED_WORDS * min(3, len(content & line.content))
            score += SAME_MOVE_AGAIN * last_moves.count(line.move)
            if best is None or score > best[0]:
                best = (score, line)
        return best[1] if best else None

    def _touched(self, text_stems: tuple[str, ...]) -> frozenset[str]:
        return frozenset(topic for topic, cues in self._topics.items() if any(holds(text_stems, cue) for cue in cues))


def _act_fit(to: tuple[Act, ...], acts: tuple[Act, ...]) -> float | None:
    """Points for answering the turn's acts; None when the line answers none of them."""
    if not to:
        return 0.0
    if acts[0] in to:
        return FITS_ACT
    return 0.4 * FITS_ACT if any(act in to for act in acts) else None


def _own(line: PartnerLine) -> _Line:
    return _Line(
        text=line.say,
        move=line.move,
        to=line.to,
        bands=line.stance or _NATURAL_BANDS.get(line.move, tuple(StanceBand)),
        names_band=bool(line.stance),
        about=line.about,
        needs=line.needs,
        is_own=True,
        content=content_stems(line.say),
    )


def _from_library(line: SharedLine, scenario: Scenario) -> _Line:
    own = _own(PartnerLine(say=line.say, move=line.move, to=line.to, stance=line.stance))
    return replace(own, text=filled(own.text, scenario), is_own=False)


def filled(text: str, scenario: Scenario) -> str:
    """A shared line as this partner says it."""
    for slot, words in (
        ("{topic}", scenario.slots.topic),
        ("{request}", scenario.slots.request),
        ("{name}", scenario.partner.name),
    ):
        text = text.replace(slot, words)
    # A slot may open the sentence.
    return text[:1].upper() + text[1:]


class RepertoryOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No options yet: difficulty and habits come from the scenario and the user."""


def _open(options: RepertoryOptions, scenario: Scenario) -> RepertoryPartner:
    return RepertoryPartner(scenario, shared_lines())


SPEC = EngineSpec(options=RepertoryOptions, open=_open)
