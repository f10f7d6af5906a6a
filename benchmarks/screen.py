"""The app's own speed: time to the first usable screen, what waiting costs, and how late its loop is while talking.

python -m benchmarks.screen

The installed program runs in a terminal of its own (a pseudo terminal of 120 columns); the talk is a synthetic
learner's, in real time, on the real screen without a terminal. Best on an idle machine of two cores.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

import msgspec

from voice_agent.audio.paced_speaker import SilentSpeaker
from voice_agent.audio.queue_microphone import QueueMicrophone
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.profile import load_profile, save_profile
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.voices import load_voice
from voice_agent.cli.sound import SoundDevices
from voice_agent.clock import SystemClock
from voice_agent.pipeline.stages import open_engines, open_voice
from voice_agent.rehearsal.background import load_background
from voice_agent.rehearsal.setup import start_rehearsal
from voice_agent.rehearsal.synthetic_learner import SyntheticLearner
from voice_agent.sessions.store import SessionStore
from voice_agent.settings import Settings
from voice_agent.settled import collect_seldom, settle
from voice_agent.tui.app import RehearsalApp
from voice_agent.worker import WorkCounter, Worker

HOME = ("practice",)
LISTED = b"You talk with"
"""In the preview, which is filled last."""
TALK = ("practice", "roommate-dishes", "--mic", "typed", "--speaker", "none", "--no-check-in")
TICK_S = 0.005


class Terminal:
    """The program in a pseudo terminal."""

    def __init__(self, arguments: tuple[str, ...]) -> None:
        self._began = time.monotonic()
        self.pid, self._file = pty.fork()
        if not self.pid:
            os.execv(sys.executable, [sys.executable, "-m", "voice_agent", *arguments])
        fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._shown = b""

    def until(self, words: bytes) -> float:
        """Seconds from the start until the words are on the screen."""
        while words not in self._shown:
            self._read(30)
        return time.monotonic() - self._began

    def idle_share(self, seconds: float) -> float:
        """Of one core, while nothing is done."""
        stop, before = time.monotonic() + seconds, self.cpu_s()
        while (left := stop - time.monotonic()) > 0:
            self._read(left)
        return (self.cpu_s() - before) / seconds

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._file)

    def _read(self, seconds: float) -> None:
        if select.select([self._file], [], [], seconds)[0]:
            self._shown += os.read(self._file, 65_536)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def starts(arguments: tuple[str, ...], words: bytes, times: int) -> list[tuple[float, float]]:
    """Seconds, and processor seconds, until the words are there; the latter hold on a busy machine too."""
    found = []
    for _ in range(times + 1):
        terminal = Terminal(arguments)
        found.append((terminal.until(words), terminal.cpu_s()))
        terminal.close()
    return found[1:]  # the first one fills the caches of disk and program


class Waited:
    """How long the thread that made it could have run and had no core: that is other programs', not ours."""

    def __init__(self) -> None:
        # Opened once: each call that lets go of Python's lock adds to the lateness that is measured.
        self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)

    def seconds(self) -> float:
        return int(os.pread(self._file, 100, 0).split()[1]) / 1e9


async def lateness(turns: int) -> list[tuple[float, float]]:
    """How late the main loop was at each tick of a talk, and how much of it was our own doing; in seconds."""
    scenario, clock, counter = load_scenario("roommate-dishes"), SystemClock(), WorkCounter()
    voices = [load_voice(name) for name in ("flite-slt", "espeak-us-woman")]
    opened, _ = open_voice(scenario, voices, keep_order=True, options={})
    assert opened is not None
    engines = await asyncio.to_thread(open_engines, load_pipeline("offline"), scenario, counter=counter)
    speaker, microphone = SilentSpeaker(clock), QueueMicrophone(clock)
    await speaker.open()
    rehearsal = start_rehearsal(
        scenario=scenario,
        settings=Settings(check_ins=False, difficulty=scenario.difficulty, silence_s=0),
        pipeline="offline",
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        store=SessionStore(Path(tempfile.mkdtemp()) / "bench.db"),
        clock=clock,
        devices=SoundDevices(clock),
        background=await asyncio.to_thread(load_background),
        program="bench",
        seed=1,
    )
    learner = SyntheticLearner(scenario.demo[:turns], opened[1], microphone, clock, Worker("learner", counter))
    late: list[tuple[float, float]] = []

    async def tick() -> None:
        thread = Waited()
        before, waited = time.monotonic(), thread.seconds()
        while True:
            await asyncio.sleep(TICK_S)
            now, waited_now = time.monotonic(), thread.seconds()
            late.append((now - before - TICK_S, now - before - TICK_S - (waited_now - waited)))
            before, waited = now, waited_now

    async with RehearsalApp(rehearsal).run_test(size=(120, 40)):
        taking_part = asyncio.create_task(learner.take_part(rehearsal, rehearsal.events()))
        await asyncio.sleep(0)
        settle()
        ticking = asyncio.create_task(tick())
        await asyncio.wait_for(rehearsal.run(), 300)
        ticking.cancel()
        await taking_part
    return late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="starts of each kind")
    parser.add_argument("--idle", type=float, default=10.0, help="seconds of waiting")
    parser.add_argument("--turns", type=int, default=6)
    told = parser.parse_args()
    os.environ["VOICE_AGENT_HOME"] = tempfile.mkdtemp()
    os.environ["TERM"] = "xterm-256color"
    save_profile(msgspec.structs.replace(load_profile(), was_welcomed=True))
    print("| what | median | worst | n |\n| --- | --- | --- | --- |", flush=True)
    for name, arguments, words in (
        ("from the command to the list of situations", HOME, LISTED),
        ("from the command to a talk that listens", TALK, b"Listening"),
    ):
        found = starts(arguments, words, told.times)
        for kind, values in ((name, [one for one, _ in found]), ("processor time of it", [two for _, two in found])):
            print(f"| {kind} | {statistics.median(values):.2f} s | {max(values):.2f} s | {len(values)} |", flush=True)
    for name, arguments, words in (("list", HOME, LISTED), ("talk", TALK, b"Listening")):
        terminal = Terminal(arguments)
        terminal.until(words)
        terminal.idle_share(8)  # what prepares a talk is done by then
        share = terminal.idle_share(told.idle)
        terminal.close()
        print(f"| waiting in the {name}, of one core | {share:.1%} | | |", flush=True)
    collect_seldom()
    found_late = asyncio.run(lateness(told.turns))
    for place, name in enumerate(("main loop late while talking", "the same, less what other programs took")):
        late = sorted(1000 * one[place] for one in found_late)
        most = late[round(0.999 * len(late)) - 1]
        print(
            f"| {name} (99.9 %: {most:.0f} ms) | {statistics.median(late):.0f} ms | {late[-1]:.0f} ms | {len(late)} |"
        )


if __name__ == "__main__":
    main()
