"""How fast the partner gives way to a voice, and to what it does not, with headphones and with a loudspeaker.

Usage: python -m benchmarks.interruptions [FOLDER OF WAVS] [--json]

Real detectors, recognizer and echo canceller in a made-up room, in virtual time: what a recognizer needs is not
counted (it only decides how soon the partner goes on), nor are the latencies of a sound card. Voices are synthetic
and, with a folder, real; noises are made up.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.sounds import INTERRUPTING, LISTENING, noises, recorded, spoken, synthesized
from voice_agent.audio.cancelling_microphone import CancellingMicrophone
from voice_agent.audio.echo_canceller import WebrtcCanceller
from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.played import Played
from voice_agent.audio.protocols import BLOCK_S, MIC_RATE_HZ, Int16Array, Loudness, Microphone
from voice_agent.audio.resampling import resampled
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.clock import VirtualClock
from voice_agent.pipeline.listener import Attention, Listener
from voice_agent.pipeline.signals import BargedIn, PartnerYields, Signal
from voice_agent.pipeline.stages import Engines, open_engines, open_voice
from voice_agent.settings import Patience
from voice_agent.testing.room import RoomMicrophone, impulse_response
from voice_agent.worker import WorkCounter

PARTNER = (
    "I only just came in from work and I am really tired, so I do not see why we have to do this at midnight. Three "
    "plates in the sink are not the end of the world, and I was going to do them in the morning before you are up. "
    "You know what my week was like, and you know that I cook for both of us when I can."
)
ROOMS = {"headphones": None, "loudspeaker, echo at -10 dB": -10.0}
DELAY_S = 0.08
BEFORE_S, AFTER_S = 0.8, 2.0


@dataclass(frozen=True)
class Case:
    room: str
    kind: str
    name: str
    stopped: bool
    """For good."""
    softer_s: float | None
    """From the onset until the partner is at least 9 dB softer; None when it never was."""
    silent_s: float | None
    """From the onset until nothing sounds for 60 ms."""
    away_s: float
    """Silence of the partner within the two seconds after the onset."""


class Bench:
    """One room with a partner that never stops of itself."""

    def __init__(
        self, room: str, level_db: float | None, engines: Engines, clock: VirtualClock, line: Int16Array
    ) -> None:
        self._room, self._clock, self._line = room, clock, line
        self._played, self._levels = Played(), list[float]()
        self._stopped = False
        self.speaker = SilentSpeaker(clock, tap=self._tap)
        response = None if level_db is None else impulse_response(level_db=level_db, delay_s=DELAY_S)
        self._microphone = RoomMicrophone(clock, self.speaker.sample_rate_hz, response)
        self._played.set_rate(self.speaker.sample_rate_hz)
        self.heard: Microphone = self._microphone
        if level_db is not None:
            self.heard = CancellingMicrophone(self._microphone, self._played, WebrtcCanceller())
        self.listener = Listener(
            activity=engines.activity,
            recognizer=engines.recognizer,
            worker=engines.recognizer_worker,
            clock=clock,
            patience=Patience.NORMAL,
            post=self._signal,
            voice=engines.voice,
        )

    def _tap(self, block: Int16Array) -> None:
        self._microphone.played(block)
        self._played(block)
        self._levels.append(float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))))

    def _signal(self, signal: Signal) -> None:
        if isinstance(signal, PartnerYields):
            self.speaker.set_loudness(signal.loudness)
            if signal.loudness is Loudness.HELD:
                self._held_at.append(len(self._levels))
            elif signal.loudness is Loudness.DUCKED:
                self._ducked_at.append(len(self._levels))
        elif isinstance(signal, BargedIn):
            self._stopped = True
            self.speaker.clear()

    async def settle(self) -> None:
        """Let the canceller hear the partner first."""
        self._held_at, self._ducked_at = list[int](), list[int]()
        await self.speaker.write(self._line)
        self.listener.attend(Attention.INTERRUPTION)
        await self._clock.sleep(4.0)

    async def case(self, kind: str, name: str, sound: Int16Array) -> Case:
        self.listener.attend(Attention.NOTHING)
        self.speaker.clear()
        self._stopped = False
        await self.speaker.write(self._line)
        self.listener.attend(Attention.INTERRUPTION)
        await self._clock.sleep(BEFORE_S)
        onset = len(self._levels)
        self._held_at, self._ducked_at = [], []
        self._microphone.say(sound)
        await self._clock.sleep(len(sound) / MIC_RATE_HZ + AFTER_S)
        after = np.array(self._levels[onset : onset + round(AFTER_S / BLOCK_S)])
        return Case(
            self._room,
            kind,
            name,
            self._stopped,
            _since(onset, [*self._ducked_at, *self._held_at]),
            _first_silence_s(after) if self._held_at or self._stopped else None,
            round(float(np.count_nonzero(after < 1.0) * BLOCK_S), 2) if self._held_at else 0.0,
        )


def _since(onset: int, at: list[int]) -> float | None:
    """A block is on its way when the signal comes, and the ramp takes another."""
    return round((min(at) - onset + 1) * BLOCK_S, 3) if at else None


def _first_silence_s(levels: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float | None:
    for place in range(len(levels) - 2):
        if (levels[place : place + 3] < 1.0).all():
            return round(place * BLOCK_S, 3)
    return None


async def measure(folder: Path | None) -> list[Case]:
    scenario = load_scenario("roommate-dishes")
    opened, _ = open_voice(scenario, [load_voice("espeak-us-man")], keep_order=True, options={})
    assert opened is not None
    cases = [("interruption", *one) for one in spoken(scenario, INTERRUPTING)]
    cases += [("real voice", *one) for one in (recorded(folder) if folder else ())]
    cases += [("listening sound", *one) for one in spoken(scenario, LISTENING)]
    cases += [("noise", *one) for one in noises(np.random.default_rng(5))]
    found: list[Case] = []
    for room, level_db in ROOMS.items():
        counter = WorkCounter()
        clock = VirtualClock(counter)
        engines = await asyncio.to_thread(open_engines, load_pipeline("offline"), scenario, counter=counter)
        line = resampled(synthesized(opened[1], PARTNER), MIC_RATE_HZ, 22_050)
        bench = Bench(room, level_db, engines, clock, line)
        await bench.speaker.open()
        ticking = asyncio.create_task(clock.run())
        listening = asyncio.create_task(bench.listener.run(bench.heard))
        await bench.settle()
        for kind, name, sound in cases:
            found.append(await bench.case(kind, name, sound))
        for task in (listening, ticking):
            task.cancel()
        await asyncio.gather(listening, ticking, return_exceptions=True)
        await bench.speaker.close()
        await engines.close()
    return found


def _table(found: Sequence[Case]) -> None:
    print("| room | sound | n | stopped | softer: median, 95 % | silent: median, 95 % | silence, median |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for room in ROOMS:
        for kind in dict.fromkeys(case.kind for case in found):
            some = [case for case in found if (case.room, case.kind) == (room, kind)]
            softer = [case.softer_s for case in some if case.softer_s is not None]
            silent = [case.silent_s for case in some if case.silent_s is not None]
            print(
                f"| {room} | {kind} | {len(some)} | {sum(case.stopped for case in some)} | {_spread(softer, some)} "
                f"| {_spread(silent, some)} | {np.median([case.away_s for case in some]):.2f} s |"
            )


def _spread(values: Sequence[float], some: Sequence[Case]) -> str:
    if not values:
        return "never"
    told = f"{1000 * np.median(values):.0f}, {1000 * np.percentile(values, 95):.0f} ms"
    return told if len(values) == len(some) else f"{told} ({len(values)} of {len(some)})"


def main() -> None:
    folders = [Path(one) for one in sys.argv[1:] if not one.startswith("-")]
    found = asyncio.run(measure(folders[0] if folders else None))
    if "--json" in sys.argv:
        print(json.dumps([asdict(case) for case in found], indent=1))
    else:
        _table(found)
        for case in found:
            if case.stopped != (case.kind in ("interruption", "real voice")):
                print(f"wrong: {case.room}, {case.kind}, {case.name}: {'stopped' if case.stopped else 'went on'}")


if __name__ == "__main__":
    main()
