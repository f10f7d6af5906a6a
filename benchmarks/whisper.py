"""What decoding with faster-whisper takes here, by the size of the model, without any download.

Usage: python -m benchmarks.whisper [--shapes tiny base] [--threads 1 2]

The models are written on the spot: they have the shape and the number of tokens of real ones, so that their compute
time is real, and say two words a second. The sound is synthetic speech without pauses, given as fast as it is taken.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

from tests.fakes.whisper_model import REAL_TOKENS, SHAPES, talking_clock
from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array
from voice_agent.speech.faster_whisper_recognizer import FasterWhisperRecognizer
from voice_agent.speech.whisper_decoder import WhisperOptions
from voice_agent.testing.recognizer import speech

SECONDS = (4, 10, 25)
ROUNDS = 5


def said_for(seconds: float) -> Int16Array:
    """Speech without pauses, and a still moment."""
    line = speech()
    blocks = line[: len(line) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
    voiced = blocks[np.abs(blocks.astype(np.int32)).mean(axis=1) > 600].reshape(-1)
    return np.concatenate([np.resize(voiced, round(seconds * MIC_RATE_HZ)), line[: MIC_RATE_HZ // 3]])


def end_s(recognizer: FasterWhisperRecognizer, sound: Int16Array) -> tuple[float, int]:
    """(least seconds of `finish`, words): others may want the machine, and only ever make it slower."""
    took, words = [], 0
    for _ in range(ROUNDS):
        recognizer.begin()
        recognizer.feed(sound)
        start = time.perf_counter()
        words = len(recognizer.finish().words)
        took.append(time.perf_counter() - start)
    return min(took), words


def spoken_in_real_time(recognizer: FasterWhisperRecognizer, sound: Int16Array) -> tuple[int, float, float]:
    """(how often words so far were shown, CPU seconds a second, seconds from the last sample to final words)."""
    recognizer.begin()
    shown, start, cpu = 0, time.perf_counter(), time.process_time()
    for count, place in enumerate(range(0, len(sound), BLOCK_SAMPLES)):
        time.sleep(max(0.0, start + count * BLOCK_S - time.perf_counter()))
        shown += recognizer.feed(sound[place : place + BLOCK_SAMPLES]) is not None
    last = time.perf_counter()
    load = (time.process_time() - cpu) / (last - start)
    recognizer.finish()
    return shown, load, time.perf_counter() - last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=sorted(SHAPES), default=["tiny", "base"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for shape in arguments.shapes:
            path = talking_clock(Path(folder) / shape, shape=shape, tokens=REAL_TOKENS)
            for threads in arguments.threads:
                row(shape, path, threads)


def row(shape: str, path: Path, threads: int) -> None:
    options = WhisperOptions(model=str(path), cpu_threads=threads)
    start = time.perf_counter()
    recognizer = FasterWhisperRecognizer(msgspec.structs.replace(options, partials=False), None)
    opened_s = time.perf_counter() - start
    ends = [end_s(recognizer, said_for(seconds)) for seconds in SECONDS]
    told = ", ".join(f"{s} s {took:.2f} s ({words} words)" for s, (took, words) in zip(SECONDS, ends, strict=True))
    print(f"{shape}, {threads} threads: opened in {opened_s:.1f} s; final words of {told}", flush=True)
    recognizer = FasterWhisperRecognizer(options, None)
    shown, load, last_s = spoken_in_real_time(recognizer, said_for(10))
    print(
        f"  10 s in real time: shown {shown} times, {load:.0%} of a core, final words {last_s:.2f} s after the last"
    )


if __name__ == "__main__":
    main()
