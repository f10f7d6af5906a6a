"""The contract of `voice_agent.audio.protocols.VoiceActivity`, as checks that any engine can run.

```python
import pytest
from voice_agent.testing.voice_activity import CHECKS

@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_my_engine_keeps_the_contract(check):
    check(open_my_engine())
```
Each check takes a detector that has heard nothing yet and raises `BrokenContractError`: give each check its own. The
speech comes from the embedded voice.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from voice_agent.audio.protocols import BLOCK_S, BLOCK_SAMPLES, MIC_RATE_HZ, Int16Array, VoiceActivity
from voice_agent.testing.claims import claim, terminal_silent
from voice_agent.testing.recognizer import room, speech

SLOWEST_S = 0.005
"""Median of a block. A microphone gives one each 20 ms, and the event loop has other work."""
Check = Callable[[VoiceActivity], None]


def judged(activity: VoiceActivity, sound: Int16Array) -> list[bool]:
    """What is told of each whole block."""
    starts = range(0, len(sound) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES)
    return [activity.is_speech(sound[start : start + BLOCK_SAMPLES]) for start in starts]


def share(told: list[bool]) -> float:
    return sum(told) / len(told)


def speech_is_a_voice(activity: VoiceActivity) -> None:
    judged(activity, room(MIC_RATE_HZ))
    said = speech()
    middle = judged(activity, said[MIC_RATE_HZ // 2 : -MIC_RATE_HZ // 2])
    claim(all(isinstance(one, bool) for one in middle), "each block is told yes or no", middle[:3])
    claim(share(middle) > 0.6, "most blocks of a spoken line hold a voice", f"{share(middle):.2f}")


def a_voice_is_noticed_soon(activity: VoiceActivity) -> None:
    judged(activity, room(MIC_RATE_HZ))
    told = judged(activity, speech()[MIC_RATE_HZ // 2 :])
    first_s = told.index(True) * BLOCK_S if True in told else float("inf")
    claim(first_s < 0.25, "a voice is noticed within a quarter of a second", f"{first_s:.2f} s")


def silence_and_a_still_room_are_no_voice(activity: VoiceActivity) -> None:
    for sound in (np.zeros(3 * MIC_RATE_HZ, np.int16), room(3 * MIC_RATE_HZ)):
        told = share(judged(activity, sound))
        claim(told < 0.02, "silence is no voice", f"{told:.2f}")


def a_steady_noise_is_no_voice_for_long(activity: VoiceActivity) -> None:
    told = judged(activity, room(6 * MIC_RATE_HZ, loudest=900))
    after = told[round(3 / BLOCK_S) :]
    claim(share(after) < 0.1, "a fan is known after three seconds", f"{share(after):.2f}")


def the_end_of_speech_is_noticed(activity: VoiceActivity) -> None:
    judged(activity, room(MIC_RATE_HZ))
    judged(activity, speech())
    told = judged(activity, room(2 * MIC_RATE_HZ))
    claim(
        share(told[round(0.5 / BLOCK_S) :]) < 0.05,
        "half a second after a line there is no voice",
        f"{share(told):.2f}",
    )


def the_loudest_sound_does_no_harm(activity: VoiceActivity) -> None:
    loudest = np.iinfo(np.int16)
    for value in (loudest.min, loudest.max, 0):
        judged(activity, np.full(MIC_RATE_HZ, value, np.int16))
    judged(activity, room(MIC_RATE_HZ))
    told = share(judged(activity, speech()))
    claim(told > 0.2, "it still hears a voice afterwards", f"{told:.2f}")


def it_can_begin_anew(activity: VoiceActivity) -> None:
    judged(activity, room(MIC_RATE_HZ))
    first = judged(activity, speech())
    activity.reset()
    activity.reset()
    again = judged(activity, speech())
    claim(abs(share(first) - share(again)) < 0.2, "after `reset` it hears as before", (share(first), share(again)))


def a_block_takes_little_time(activity: VoiceActivity) -> None:
    sound, took = speech(), []
    for start in range(0, len(sound) - BLOCK_SAMPLES, BLOCK_SAMPLES):
        began = time.perf_counter()
        activity.is_speech(sound[start : start + BLOCK_SAMPLES])
        took.append(time.perf_counter() - began)
    median_s = sorted(took)[len(took) // 2]
    claim(median_s < SLOWEST_S, "a block is judged in the event loop, at once", f"{1000 * median_s:.1f} ms")


def nothing_is_written_to_the_terminal(activity: VoiceActivity) -> None:
    with terminal_silent():
        judged(activity, speech())


CHECKS: tuple[Check, ...] = (
    speech_is_a_voice,
    a_voice_is_noticed_soon,
    silence_and_a_still_room_are_no_voice,
    a_steady_noise_is_no_voice_for_long,
    the_end_of_speech_is_noticed,
    the_loudest_sound_does_no_harm,
    it_can_begin_anew,
    a_block_takes_little_time,
    nothing_is_written_to_the_terminal,
)
