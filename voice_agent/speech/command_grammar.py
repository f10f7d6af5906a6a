"""Spoken commands and numbers in a lane of their own beside dictation.

A grammar alone takes anything for one of its sentences. So the best path through it is compared with a free
phone loop over the same sound, for the whole utterance and for its first word: an utterance counts only when
the grammar explains it as well as free phones do (utterance verification by likelihood ratio, Rose and Paul
1990, "A hidden Markov model based keyword recognition system"). The utterance is anchored by silence on both
sides, because it is a whole turn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice_agent.audio.protocols import Int16Array
from voice_agent.errors import EngineError
from voice_agent.speech.spoken_command import OPENING_WORD, SpokenCommand

LEAST_COMMAND_RATIO = -0.0031
LEAST_NUMBER_RATIO = -0.005
"""Log likelihood per frame, in the decoder's own scale, by which the grammar may fall behind free phones.

With Flite's three voices all commands stay above -0.0028 and ordinary short turns below -0.0033; a number is
only listened for when it was asked for, so it is believed more readily (docs/recognition.md).
"""
_SILENCES = ("<", "[", "+", "(")


PHRASES: Mapping[str, SpokenCommand] = {
    **{command.value: command for command in SpokenCommand},
    "go on": SpokenCommand.RESUME,
    "retake": SpokenCommand.RETAKE,
    "scratch that": SpokenCommand.RETAKE,
    "send it": SpokenCommand.SEND,
    "try again": SpokenCommand.AGAIN,
    "repeat": SpokenCommand.REPEAT,
}

_UNITS = "zero one two three four five six seven eight nine".split()  # noqa: SIM905 - words
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()  # noqa: SIM905
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905 - words


def number_words() -> dict[str, int]:
    """`seventy five` to 75, for 0 to 100."""
    numbers = {word: value for value, word in enumerate(_UNITS + _TEENS)}
    for tens, word in enumerate(_TENS, start=2):
        numbers[word] = tens * 10
        numbers |= {f"{word} {unit}": tens * 10 + value for value, unit in enumerate(_UNITS[1:], start=1)}
    return numbers | {"one hundred": 100, "a hundred": 100}


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    first: int
    last: int
    """Frames of 10 ms, both inside the word."""
    log_likelihood: float


class GrammarEar:
    """Hears whether an utterance is one of a grammar's sentences. Blocking; one thread at a time."""

    def __init__(self, sentences: list[str], *, least_ratio: float) -> None:
        """Raises EngineError when the decoder can't be made."""
        from pocketsphinx import Config, Decoder, get_model_path  # 60 ms

        self._least_ratio = least_ratio

        grammar = "#JSGF V1.0;\ngrammar g;\npublic <s> = " + " | ".join(sentences) + ";\n"
        try:
            self._decoder: Any = Decoder(Config(loglevel="FATAL", lm=None, fwdflat=False, bestpath=False))
            self._decoder.add_jsgf_string("grammar", grammar)
            self._decoder.add_allphone_file("phones", get_model_path("en-us/en-us-phone.lm.bin"))
        except RuntimeError as error:
            raise EngineError(
                "recognizer", "the command grammar can't be loaded", cure="reinstall pocketsphinx"
            ) from error

    def understand(self, samples: Int16Array) -> str | None:
        """The sentence in a whole utterance (16 kHz mono); None when it is anything else."""
        if not len(samples):
            return None
        words = [word for word in self._decoded("grammar", samples) if not word.text.startswith(_SILENCES)]
        if not words:
            return None
        phones = self._decoded("phones", samples)
        for first, last in ((words[0].first, words[-1].last), (words[0].first, words[0].last)):
            gap = _within(words, first, last) - _within(phones, first, last)
            if gap / (last - first + 1) < self._least_ratio:
                return None
        return " ".join(word.text.split("(")[0] for word in words)

    def _decoded(self, search: str, samples: Int16Array) -> list[_Word]:
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), False, True)
        decoder.end_utt()
        if decoder.hyp() is None:
            return []
        # The bindings give the likelihood itself, which underflows in words of some seconds.
        return [
            _Word(part.word, part.start_frame, part.end_frame, math.log(max(part.ascore, 1e-300)))
            for part in decoder.seg()
        ]


def _within(words: list[_Word], first: int, last: int) -> float:
    """Log likelihood of the frames first to last; a word that is cut counts in proportion."""
    total = 0.0
    for word in words:
        shared = min(last, word.last) - max(first, word.first) + 1
        if shared > 0:
            total += word.log_likelihood * shared / (word.last - word.first + 1)
    return total


class CommandRecognizer:
    """See `CommandEar`."""

    def __init__(self) -> None:
        self._ear = GrammarEar([f"{OPENING_WORD} {phrase}" for phrase in PHRASES], least_ratio=LEAST_COMMAND_RATIO)

    def understand(self, samples: Int16Array) -> SpokenCommand | None:
        sentence = self._ear.understand(samples)
        return PHRASES.get(sentence.removeprefix(f"{OPENING_WORD} ")) if sentence else None


class NumberRecognizer:
    """A spoken number from 0 to 100, for check-ins."""

    def __init__(self) -> None:
        self._numbers = number_words()
        self._ear = GrammarEar([f"[about] [a] {words}" for words in self._numbers], least_ratio=LEAST_NUMBER_RATIO)

    def understand(self, samples: Int16Array) -> int | None:
        sentence = self._ear.understand(samples)
        if sentence is None:
            return None
        bare = sentence.removeprefix("about ")
        return self._numbers.get(bare, self._numbers.get(bare.removeprefix("a ")))
