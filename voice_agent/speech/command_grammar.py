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

from voice_agent.audio.protocols import MIC_RATE_HZ, Int16Array
from voice_agent.candidate import MOST_CANDIDATES
from voice_agent.errors import EngineError
from voice_agent.speech.spoken_command import OPENING_WORD, Asked, HeardCommand, SpokenCommand
from voice_agent.spoken_numbers import number_words

LEAST_COMMAND_RATIO = -0.0031
LEAST_NUMBER_RATIO = -0.005
"""Log likelihood per frame, in the decoder's own scale, by which the grammar may fall behind free phones.

With Flite's three voices all commands stay above -0.0028 and ordinary short turns below -0.0033; a number is
only listened for when it was asked for, so it is believed more readily (docs/recognition.md).
"""
_SILENCES = ("<", "[", "+", "(")
_SLICE = MIC_RATE_HZ // 20
"""Samples in one call: the decoder keeps Python's lock while it works, and the main loop waits as long."""
_MEAN = "mean"


_WITH_WORDS = (SpokenCommand.FEELINGS, SpokenCommand.SAY_NUMBER)

PHRASES: Mapping[str, SpokenCommand] = {
    **{command.value: command for command in SpokenCommand if command not in _WITH_WORDS},
    "go on": SpokenCommand.RESUME,
    "retake": SpokenCommand.RETAKE,
    "undo": SpokenCommand.UNDO,
    "send it": SpokenCommand.SEND,
    "try again": SpokenCommand.AGAIN,
    "repeat": SpokenCommand.REPEAT,
    "say it": SpokenCommand.SAY_IT,
    "what would happen": SpokenCommand.LOOK_AHEAD,
    "help": SpokenCommand.HELP,
}
_FEELINGS = [
    "anger",
    "angry",
    "fear",
    "afraid",
    "scared",
    "sadness",
    "sad",
    "shame",
    "ashamed",
    "guilt",
    "guilty",
    "worry",
    "worried",
    "anxious",
    "disgust",
    "envy",
    "jealousy",
    "joy",
    "happy",
    "love",
    "hope",
    "hopeful",
    "calm",
]
_RULES = {
    "n": " | ".join(list(number_words())[:11]),
    "d": " | ".join(list(number_words())[1:11]),
    "h": " | ".join(number_words()),
    "f": " | ".join(_FEELINGS),
    "c": " | ".join(list(number_words())[1 : MOST_CANDIDATES + 1]),
}
_STEERING = [f"{OPENING_WORD} {words}" for words in ("skip", "go back", "again", "that's all", "leave")]
"""Between the questions of an interview."""
_SAY_NUMBER = f"{SpokenCommand.SAY_NUMBER.value} <c>"
_REPORT = "(i'm | i am) [at] [a] <n> [and] [mostly] <f>"


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    first: int
    last: int
    """Frames of 10 ms, both inside the word."""
    log_likelihood: float


class GrammarEar:
    """Hears whether an utterance is one of a grammar's sentences. Blocking; one thread at a time."""

    def __init__(self, grammars: Mapping[str, list[str]], *, least_ratio: float) -> None:
        """grammars: JSGF sentences by the grammar's name.

        In them <n> is a number to ten, <d> the same without zero, <h> a number to a hundred, <f> a feeling.
        Raises EngineError when the decoder can't be made.
        """
        from pocketsphinx import Config, Decoder, get_model_path  # 60 ms

        self._least_ratio = least_ratio

        rules = "".join(f"<{name}> = {words};\n" for name, words in _RULES.items())
        try:
            self._decoder: Any = Decoder(Config(loglevel="FATAL", lm=None, fwdflat=False, bestpath=False))
            for name, sentences in grammars.items():
                text = f"#JSGF V1.0;\ngrammar {name};\n{rules}public <s> = {' | '.join(sentences)};\n"
                self._decoder.add_jsgf_string(name, text)
            self._decoder.add_allphone_file("phones", get_model_path("en-us/en-us-phone.lm.bin"))
            text = f"#JSGF V1.0;\ngrammar {_MEAN};\npublic <s> = {OPENING_WORD};\n"
            self._decoder.add_jsgf_string(_MEAN, text)
        except RuntimeError as error:
            raise EngineError(
                "recognizer", "the command grammar can't be loaded", cure="reinstall pocketsphinx"
            ) from error

    def understand(self, samples: Int16Array, grammar: str) -> str | None:
        """The grammar's sentence in a whole utterance (16 kHz mono); None when it is anything else."""
        if not len(samples):
            return None
        mean = self._cepstral_mean(samples)
        words = [word for word in self._decoded(grammar, samples, mean) if not word.text.startswith(_SILENCES)]
        if not words:
            return None
        phones = self._decoded("phones", samples, mean)
        for first, last in ((words[0].first, words[-1].last), (words[0].first, words[0].last)):
            gap = _within(words, first, last) - _within(phones, first, last)
            if gap / (last - first + 1) < self._least_ratio:
                return None
        return " ".join(word.text.split("(")[0] for word in words)

    def _cepstral_mean(self, samples: Int16Array) -> str:
        """Of the whole utterance, by a search of one word, which costs next to nothing."""
        decoder = self._decoder
        decoder.activate_search(_MEAN)
        decoder.start_utt()
        decoder.process_raw(samples.tobytes(), False, True)
        decoder.end_utt()
        return str(decoder.get_cmn(False))

    def _decoded(self, search: str, samples: Int16Array, mean: str) -> list[_Word]:
        """mean: takes the voice and the room out of the sound, as if the utterance were given in one call."""
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.set_cmn(mean)
        decoder.start_utt()
        for start in range(0, len(samples), _SLICE):
            decoder.process_raw(samples[start : start + _SLICE].tobytes(), False, False)
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
        sentences = [*PHRASES, _SAY_NUMBER, _REPORT]
        grammar = [f"{OPENING_WORD} {one}" for one in sentences]
        self._ear = GrammarEar({"command": grammar}, least_ratio=LEAST_COMMAND_RATIO)

    def understand(self, samples: Int16Array) -> HeardCommand | None:
        sentence = self._ear.understand(samples, "command")
        if sentence is None:
            return None
        phrase = sentence.removeprefix(f"{OPENING_WORD} ")
        if phrase in PHRASES:
            return HeardCommand(PHRASES[phrase])
        if phrase.startswith(SpokenCommand.SAY_NUMBER.value):
            return HeardCommand(SpokenCommand.SAY_NUMBER, phrase)
        words = phrase.split()
        report = [word for word in words if word in _FEELINGS or word in number_words()]
        return HeardCommand(SpokenCommand.FEELINGS, " ".join(report)) if report else None


class AnswerRecognizer:
    """See `AnswerEar`."""

    def __init__(self) -> None:
        grammars = {
            Asked.NUMBER.value: ["[about] [a] <h> [percent]", "skip"],
            Asked.FEELINGS.value: [
                "<f> <n>",
                "<f> <n> [and] <f> <n>",
                "<f> <n> <f> <n> [and] <f> <n>",
                "[about] [a | an] <n> [mostly] <f>",
                "nothing",
                "skip",
            ],
            Asked.CHOICE.value: ["[number] <d>", "yes", "no", "more", "again", "leave", *_STEERING],
            Asked.TOLD.value: [*_STEERING, "skip"],
        }
        self._ear = GrammarEar(grammars, least_ratio=LEAST_NUMBER_RATIO)

    def understand(self, samples: Int16Array, asked: Asked) -> str | None:
        return self._ear.understand(samples, asked.value)
