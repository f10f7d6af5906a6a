"""A trigram language model that knows the situation's words: the general one, pruned and mixed with sentences.

For every history h that the situation's sentences contain, p(w|h) = (1 - l) general(w|h) + l count(h,w)/count(h),
with l = weight * count(h) / (count(h) + 0.5); other histories keep the general estimate; all back-off weights are
computed anew, so that every distribution sums to one (Jelinek and Mercer 1980, interpolated estimation; back-off
after Katz 1987). The general model keeps its most frequent words and those n-grams whose loss would cost most:
p(h,w) log(p(w|h) / back-off estimate) (Stolcke 1998, entropy-based pruning).
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from voice_agent.folders import cache_folder, private
from voice_agent.scenario import Scenario
from voice_agent.speech.command_grammar import PHRASES
from voice_agent.speech.spoken_command import OPENING_WORD
from voice_agent.speech.trie_model import Floats, Ints, TrieModel, read_trie_model

FORMAT = 3
"""Part of the cache's key: grows when the same inputs give another model."""
GENERAL_WORDS = 20_000
GENERAL_BIGRAMS = 150_000
GENERAL_TRIGRAMS = 100_000
"""What is kept of 2.0 and 1.7 million: 10 MB on disk, and the loss on read speech is small (docs/recognition.md)."""
PRACTICE_TIMES = 3.0
SHARED_TIMES = 1.0
CONTEXT_TIMES = 0.3
"""Counts of a sentence: what a learner may say here, what anybody may say in a hard talk, what the partner says."""
START, END = "<s>", "</s>"


@dataclass(frozen=True, slots=True)
class AdaptedModel:
    """Files for a decoder."""

    language_model: Path
    dictionary: Path


@dataclass(slots=True)
class _Grams:
    """N-grams by a key that orders them; parallel arrays."""

    key: Ints
    prob: Floats

    def find(self, key: Ints) -> tuple[Ints, Ints]:
        """(places among these, which keys were found)."""
        place = np.minimum(np.searchsorted(self.key, key), max(0, len(self.key) - 1))
        return place, np.flatnonzero(self.key[place] == key) if len(self.key) else np.zeros(0, np.int64)


def adapted_model(scenario: Scenario, *, weight: float) -> AdaptedModel:
    """The model for this situation, from the cache or built in about a second (three the first time of all).

    Raises UserError when the cache folder can't be written.
    """
    sentences = situation_sentences(scenario)
    digest = hashlib.sha256(repr((FORMAT, weight, GENERAL_WORDS, GENERAL_BIGRAMS, sorted(sentences))).encode())
    folder = private(cache_folder() / "language")
    stem = f"{scenario.id}-{digest.hexdigest()[:16]}"
    model = AdaptedModel(folder / f"{stem}.arpa", folder / f"{stem}.dict")
    if not (model.language_model.is_file() and model.dictionary.is_file()):
        for old in folder.glob(f"{scenario.id}-*"):
            old.unlink(missing_ok=True)
        _build(sentences, weight, model)
    return model


def situation_sentences(scenario: Scenario) -> list[tuple[str, float]]:
    """(sentence, count) in spoken words."""
    partner_words = [scenario.opening, *(line.say for line in scenario.lines)]
    topics = [cue for cues in scenario.topics.values() for cue in cues]
    context = [*scenario.learner.facts, scenario.learner.goal, *topics, *partner_words]
    return [
        *((spoken(sentence), PRACTICE_TIMES) for sentence in scenario.practice),
        *((spoken(sentence), SHARED_TIMES) for sentence in shared_sentences()),
        # Dictation must know commands too: it has a say in whether one was spoken.
        *((f"{OPENING_WORD} {phrase}", SHARED_TIMES) for phrase in PHRASES),
        *((spoken(part), CONTEXT_TIMES) for text in context for part in re.split(r"(?<=[.!?])\s+", text)),
    ]


@cache
def shared_sentences() -> tuple[str, ...]:
    """What learners say in any hard talk: `practice_sentences.txt`, one a line, # for comments."""
    text = (Path(__file__).parent / "practice_sentences.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def spoken(sentence: str) -> str:
    """A sentence as a recognizer prints it: lower case, words and apostrophes only."""
    return " ".join(re.findall(r"[a-z]+(?:'[a-z]+)*", sentence.lower().replace("\u2019", "'")))


def bundled(name: str) -> Path:
    """A file of pocketsphinx's own en-us model."""
    from pocketsphinx import get_model_path  # 60 ms

    return Path(get_model_path(f"en-us/{name}"))


def _build(sentences: list[tuple[str, float]], weight: float, model: AdaptedModel) -> None:
    general = _general_model(model.language_model.parent)
    pronunciations = _pronunciations()
    index = {word: place for place, word in enumerate(general.all_words)}
    wanted = {word for text, _ in sentences for word in text.split()}
    known = set(general.names)
    extra = sorted(word for word in wanted - known if word in index and word in pronunciations)
    names = [*general.names, *extra]
    unigram = np.concatenate([general.unigram, 10.0 ** general.all_unigrams[[index[word] for word in extra]]])
    base, size = len(general.names), len(names)
    bigram = _Grams(_rekeyed(general.bigram.key, base, size, order=2), general.bigram.prob)
    trigram = _Grams(_rekeyed(general.trigram.key, base, size, order=3), general.trigram.prob)
    counts = _counts(sentences, {name: place for place, name in enumerate(names)})
    # Text, not PocketSphinx's binary form: a model that it has converted itself decodes into rubbish (5.1.1).
    half = model.language_model.with_suffix(".half")
    _write_arpa(half, names, _mixed(unigram / unigram.sum(), bigram, trigram, counts, weight, names))
    half_dictionary = model.dictionary.with_suffix(".half.dict")
    half_dictionary.touch(mode=0o600)
    half_dictionary.write_text(
        "".join(f"{entry}\n" for name in names for entry in pronunciations.get(name, ())), encoding="utf-8"
    )
    # Written beside and renamed, so that each file is whole or absent.
    half_dictionary.replace(model.dictionary)
    half.replace(model.language_model)


def _rekeyed(key: Ints, before: int, after: int, *, order: int) -> Ints:
    """The same n-grams when the vocabulary has grown at its end; their order stays."""
    if order == 2:
        return key // before * after + key % before
    return (key // (before * before) * after + key // before % before) * after + key % before


@dataclass(slots=True)
class _General:
    """The general model, pruned; and the unigrams of all its words."""

    names: list[str]
    unigram: Floats
    bigram: _Grams
    trigram: _Grams
    all_words: list[str]
    all_unigrams: Floats


def _general_model(folder: Path) -> _General:
    """From the cache, or read and pruned in two seconds, once."""
    path = folder / f"general-{FORMAT}.npz"
    try:
        with np.load(path) as kept:
            return _General(
                names=str(kept["names"]).split("\0"),
                unigram=kept["unigram"],
                bigram=_Grams(kept["bigram"], kept["bigram_prob"]),
                trigram=_Grams(kept["trigram"], kept["trigram_prob"]),
                all_words=str(kept["all_words"]).split("\0"),
                all_unigrams=kept["all_unigrams"],
            )
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        pass  # not made yet, or damaged: made anew
    full = read_trie_model(bundled("en-us.lm.bin"))
    vocabulary = _vocabulary(full, _pronunciations())
    unigram, bigram, trigram = _pruned(full, vocabulary)
    general = _General(
        [full.words[place] for place in vocabulary], unigram, bigram, trigram, full.words, full.unigram
    )
    half = path.with_suffix(".half.npz")
    half.touch(mode=0o600)
    np.savez(
        half,
        names=np.array("\0".join(general.names)),
        unigram=unigram,
        bigram=bigram.key,
        bigram_prob=bigram.prob,
        trigram=trigram.key,
        trigram_prob=trigram.prob,
        all_words=np.array("\0".join(full.words)),
        all_unigrams=full.unigram,
    )
    half.replace(path)
    return general


def _pronunciations() -> dict[str, list[str]]:
    """Lines of the bundled dictionary by word, alternatives with it."""
    entries: dict[str, list[str]] = {}
    for line in bundled("cmudict-en-us.dict").read_text(encoding="utf-8").splitlines():
        word = line.split(" ", 1)[0].split("(", 1)[0]
        entries.setdefault(word, []).append(line)
    return entries


def _vocabulary(general: TrieModel, pronunciations: dict[str, list[str]]) -> Ints:
    """Places of the most frequent words that can be pronounced, in the general model's order."""
    keep = {general.words.index(START), general.words.index(END)}
    for place in np.argsort(-general.unigram):
        if len(keep) >= GENERAL_WORDS:
            break
        if general.words[place] in pronunciations:
            keep.add(int(place))
    return np.array(sorted(keep), np.int64)


def _pruned(general: TrieModel, vocabulary: Ints) -> tuple[Floats, _Grams, _Grams]:
    """Unigram probabilities over the vocabulary, and the n-grams that matter; keys count in the vocabulary."""
    size = len(vocabulary)
    place = np.full(len(general.words), -1, np.int64)
    place[vocabulary] = np.arange(size)
    unigram = 10.0 ** general.unigram[vocabulary]
    backoff = 10.0 ** general.unigram_backoff[vocabulary]

    first, second = (place[word] for word in general.bigram)
    known = np.flatnonzero((first >= 0) & (second >= 0))
    first, second = first[known], second[known]
    prob = 10.0 ** general.bigram_prob[known]
    loss = unigram[first] * prob * np.log(prob / (backoff[first] * unigram[second]))
    all_bigrams = _sorted(first * size + second, prob)
    bigram_backoff = _sorted(first * size + second, 10.0 ** general.bigram_backoff[known])
    keep = _largest(loss, GENERAL_BIGRAMS)

    one, two, three = (place[word] for word in general.trigram)
    known3 = np.flatnonzero((one >= 0) & (two >= 0) & (three >= 0))
    one, two, three = one[known3], two[known3], three[known3]
    prob3 = 10.0 ** general.trigram_prob[known3]
    history, _ = all_bigrams.find(one * size + two)
    lower, is_lower = all_bigrams.find(two * size + three)
    lower_prob = backoff[two] * unigram[three]
    lower_prob[is_lower] = all_bigrams.prob[lower[is_lower]]
    history_prob = unigram[one] * all_bigrams.prob[history]
    loss3 = history_prob * prob3 * np.log(prob3 / (bigram_backoff.prob[history] * lower_prob))
    keep3 = _largest(loss3, GENERAL_TRIGRAMS)
    trigram = _sorted((one[keep3] * size + two[keep3]) * size + three[keep3], prob3[keep3])
    # A trigram needs its history and its shorter form among the bigrams.
    needed = np.concatenate([one[keep3] * size + two[keep3], two[keep3] * size + three[keep3]])
    kept = np.union1d((first * size + second)[keep], np.intersect1d(needed, all_bigrams.key))
    where, _ = all_bigrams.find(kept)
    return unigram / unigram.sum(), _Grams(kept, all_bigrams.prob[where]), trigram


def _counts(
    sentences: list[tuple[str, float]], place: dict[str, int]
) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """Counts of words, pairs and triples; words outside the vocabulary break a sentence."""
    size = len(place)
    ones: Counter[int] = Counter()
    twos: Counter[int] = Counter()
    threes: Counter[int] = Counter()
    for text, times in sentences:
        words = [place.get(word) for word in (START, *text.split(), END)]
        for position, word in enumerate(words):
            if word is None:
                continue
            if position:
                ones[word] += times  # type: ignore[assignment]
                before = words[position - 1]
                if before is not None:
                    twos[before * size + word] += times  # type: ignore[assignment]
                    earlier = words[position - 2] if position > 1 else None
                    if earlier is not None:
                        threes[(earlier * size + before) * size + word] += times  # type: ignore[assignment]
    return ones, twos, threes


@dataclass(slots=True)
class _Mixed:
    unigram: Floats
    unigram_backoff: Floats
    bigram: _Grams
    bigram_backoff: Floats
    trigram: _Grams


def _mixed(
    unigram: Floats,
    bigram: _Grams,
    trigram: _Grams,
    counts: tuple[Counter[int], Counter[int], Counter[int]],
    weight: float,
    names: list[str],
) -> _Mixed:
    size = len(names)
    ones, twos, threes = counts
    start = names.index(START)
    mixed_unigram = (1 - weight) * unigram
    total = sum(ones.values())
    for word, count in ones.items():
        mixed_unigram[word] += weight * count / total
    mixed_unigram[start] = 1e-9
    mixed_unigram /= mixed_unigram.sum()

    general_backoff = _backoff(bigram, unigram, size)
    # Every pair inside a counted triple is among the counted pairs, so trigrams find their shorter forms.
    mixed_bigram = _interpolated(
        bigram, twos, weight, size, lambda history, word: general_backoff[history] * unigram[word]
    )
    bigram_all_backoff = _backoff_after_pairs(trigram, bigram, size, general_backoff, unigram)

    def lower(history: Ints, word: Ints) -> Floats:
        place, is_known = bigram.find(history)
        scale = np.ones(len(history))
        scale[is_known] = bigram_all_backoff[place[is_known]]
        return scale * _bigram_prob(bigram, (history % size) * size + word, size, general_backoff, unigram)

    mixed_trigram = _interpolated(trigram, threes, weight, size, lower)
    mixed_backoff = _backoff(mixed_bigram, mixed_unigram, size)
    return _Mixed(
        mixed_unigram,
        mixed_backoff,
        mixed_bigram,
        _backoff_after_pairs(mixed_trigram, mixed_bigram, size, mixed_backoff, mixed_unigram),
        mixed_trigram,
    )


def _interpolated(general: _Grams, counts: Counter[int], weight: float, size: int, lower: object) -> _Grams:
    """General n-grams and counted ones together; lower(history, word): the general back-off estimate."""
    if not counts:
        return general
    counted = np.array(sorted(counts), np.int64)
    count = np.array([counts[int(key)] for key in counted])
    histories, inverse = np.unique(counted // size, return_inverse=True)
    history_count = np.bincount(inverse, weights=count)
    share = weight * history_count / (history_count + 0.5)

    key = np.union1d(general.key, counted)
    prob = np.zeros(len(key))
    place, is_general = general.find(key)
    prob[is_general] = general.prob[place[is_general]]
    is_new = np.setdiff1d(np.arange(len(key)), is_general)
    prob[is_new] = lower(key[is_new] // size, key[is_new] % size)  # type: ignore[operator]

    history_place = np.minimum(np.searchsorted(histories, key // size), len(histories) - 1)
    touched = histories[history_place] == key // size
    own_share = np.where(touched, share[history_place], 0.0)
    prob *= 1 - own_share
    counted_place = np.searchsorted(key, counted)
    prob[counted_place] += share[inverse] * count / history_count[inverse]
    return _Grams(key, prob)


def _backoff(bigram: _Grams, unigram: Floats, size: int) -> Floats:
    """Back-off weight of every word, so that its distribution sums to one."""
    history, word = bigram.key // size, bigram.key % size
    explicit = np.bincount(history, weights=bigram.prob, minlength=size)
    shadowed = np.bincount(history, weights=unigram[word], minlength=size)
    return np.maximum(1e-9, 1 - explicit) / np.maximum(1e-9, 1 - shadowed)


def _backoff_after_pairs(trigram: _Grams, bigram: _Grams, size: int, word_backoff: Floats, unigram: Floats) -> Floats:
    """Back-off weight of every bigram as a history."""
    place, is_known = bigram.find(trigram.key // size)
    place = place[is_known]
    key = trigram.key[is_known]
    shorter = (key // size % size) * size + key % size
    lower = _bigram_prob(bigram, shorter, size, word_backoff, unigram)
    explicit = np.bincount(place, weights=trigram.prob[is_known], minlength=len(bigram.key))
    shadowed = np.bincount(place, weights=lower, minlength=len(bigram.key))
    return np.maximum(1e-9, 1 - explicit) / np.maximum(1e-9, 1 - shadowed)


def _bigram_prob(bigram: _Grams, key: Ints, size: int, word_backoff: Floats, unigram: Floats) -> Floats:
    prob: Floats = word_backoff[key // size] * unigram[key % size]
    place, is_known = bigram.find(key)
    prob[is_known] = bigram.prob[place[is_known]]
    return prob


def _sorted(key: Ints, prob: Floats) -> _Grams:
    order = np.argsort(key)
    return _Grams(key[order], prob[order])


def _largest(score: Floats, count: int) -> Ints:
    return np.argpartition(-score, count)[:count] if len(score) > count else np.arange(len(score))


def _write_arpa(path: Path, names: list[str], model: _Mixed) -> None:
    size = len(names)
    log = np.log10
    lines = [
        "\\data\\",
        f"ngram 1={size}",
        f"ngram 2={len(model.bigram.key)}",
        f"ngram 3={len(model.trigram.key)}",
        "",
        "\\1-grams:",
    ]
    lines += [
        f"{prob:.4f} {name} {backoff:.4f}"
        for name, prob, backoff in zip(names, log(model.unigram), log(model.unigram_backoff), strict=True)
    ]
    lines += ["", "\\2-grams:"]
    key = model.bigram.key
    lines += [
        f"{prob:.4f} {names[first]} {names[second]} {backoff:.4f}"
        for first, second, prob, backoff in zip(
            key // size, key % size, log(model.bigram.prob), log(model.bigram_backoff), strict=True
        )
    ]
    lines += ["", "\\3-grams:"]
    key = model.trigram.key
    lines += [
        f"{prob:.4f} {names[one]} {names[two]} {names[three]}"
        for one, two, three, prob in zip(
            key // (size * size), key // size % size, key % size, log(model.trigram.prob), strict=True
        )
    ]
    lines += ["", "\\end\\", ""]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines), encoding="utf-8")
