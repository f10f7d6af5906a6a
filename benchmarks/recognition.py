"""Word error rates before and after adapting the language model, and what the end of a turn costs.

Usage: python -m benchmarks.recognition [--speech FOLDER]

Synthetic voices speak the `demo` turns of the shipped situations, which are in no adaptation data. FOLDER may
hold real speech: WAV files and a README.md with a table `| file | words | ...`.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from pathlib import Path

import jiwer
import numpy as np

from voice_agent.audio.file_microphone import read_sound
from voice_agent.audio.protocols import BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.audio.resampling import resampled
from voice_agent.bench.utterances import known_texts
from voice_agent.catalog.scenarios import read_scenario, scenario_files
from voice_agent.catalog.voices import load_voice
from voice_agent.errors import EngineError
from voice_agent.registry import engine
from voice_agent.scenario import Scenario
from voice_agent.speech.language_model import spoken
from voice_agent.speech.pocketsphinx_recognizer import PocketsphinxOptions, PocketsphinxRecognizer
from voice_agent.speech.protocols import Delivery

VOICES = ("flite-slt", "flite-rms", "espeak-us-man")
Item = tuple[Int16Array, str]


def synthesized(voice_id: str, lines: list[str]) -> list[Item]:
    """Speech at 16 kHz with 0.3 s of faint noise around it."""
    voice = load_voice(voice_id)
    spec = engine("synthesizer", voice.engine)
    synthesizer = spec.open(spec.options(), voice)
    noise = np.random.default_rng(0)
    items = []
    for line in lines:
        parts = [block.samples for block in synthesizer.speak(line, Delivery(), threading.Event())]
        speech = np.pad(resampled(np.concatenate(parts), synthesizer.sample_rate_hz, MIC_RATE_HZ), 4800)
        items.append((speech + noise.integers(-12, 12, len(speech), dtype=np.int16), spoken(line)))
    return items


def recorded(folder: Path) -> list[Item]:
    """Real speech whose words are known."""
    paths = sorted(folder.glob("*.wav"))
    texts = known_texts(folder, paths)
    return [(read_sound(path), texts[path.name]) for path in paths if path.name in texts]


def measured(recognizer: PocketsphinxRecognizer, items: list[Item]) -> tuple[list[str], list[float], float]:
    """(texts, seconds of `finish` for each, real-time factor of `feed`)."""
    texts, ends, fed_s = [], [], 0.0
    for samples, _ in items:
        recognizer.begin()
        start = time.perf_counter()
        for place in range(0, len(samples), BLOCK_SAMPLES):
            recognizer.feed(samples[place : place + BLOCK_SAMPLES])
        fed_s += time.perf_counter() - start
        start = time.perf_counter()
        texts.append(recognizer.finish().text)
        ends.append(time.perf_counter() - start)
    return texts, ends, fed_s / (sum(len(samples) for samples, _ in items) / MIC_RATE_HZ)


def row(name: str, pairs: list[tuple[Scenario, Scenario, list[Item]]]) -> None:
    """pairs: (matching situation, another situation, items)."""
    cells = []
    for label, options, which in (
        ("general", PocketsphinxOptions(adapt=False), 0),
        ("adapted", PocketsphinxOptions(), 0),
        ("wrong situation", PocketsphinxOptions(), 1),
        ("adapted, second pass", PocketsphinxOptions(second_pass=True), 0),
    ):
        references, texts, ends, factors = [], [], [], []
        for matching, other, items in pairs:
            situation = other if which else matching
            heard, finish_s, factor = measured(PocketsphinxRecognizer(options, situation), items)
            references += [words for _, words in items]
            texts += heard
            ends += finish_s
            factors.append(factor)
        rate = jiwer.wer(references, texts)
        cells.append(
            f"{label} {rate:.1%} (end {statistics.median(ends) * 1000:.0f} ms, x{statistics.mean(factors):.2f})"
        )
    print(f"{name}: " + "; ".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, help="folder with real speech")
    parser.add_argument("--situations", type=int, default=4, help="how many situations to use")
    arguments = parser.parse_args()
    scenarios = [s for s in map(read_scenario, scenario_files().values()) if s.demo][: arguments.situations]
    for voice in VOICES:
        try:
            row(voice, [(s, scenarios[n - 1], synthesized(voice, list(s.demo))) for n, s in enumerate(scenarios)])
        except EngineError as error:
            print(f"{voice}: {error}")
    if arguments.speech:
        items = recorded(arguments.speech)
        row("real speech", [(scenarios[0], scenarios[1], items)])


if __name__ == "__main__":
    main()
