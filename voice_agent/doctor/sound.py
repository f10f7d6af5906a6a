"""Sound devices, the microphone's level, and the echo of the loudspeaker in it. Works without a sound card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import numpy as np

from voice_agent.audio.cancelling_microphone import CancellingMicrophone
from voice_agent.audio.device_microphone import DeviceMicrophone
from voice_agent.audio.device_speaker import DeviceSpeaker
from voice_agent.audio.devices import SoundDevice, find_device, sound_devices
from voice_agent.audio.echo import Echo, find_echo, murmur, sweep
from voice_agent.audio.echo_canceller import WebrtcCanceller
from voice_agent.audio.echo_guard import LEFT_ABOVE_ROOM_DB, EchoGuard
from voice_agent.audio.level import QUIET_DBFS, dbfs, rms
from voice_agent.audio.played import Played
from voice_agent.audio.protocols import (
    BLOCK_S,
    BLOCK_SAMPLES,
    MIC_RATE_HZ,
    Int16Array,
    Microphone,
    Speaker,
    Trust,
    VoiceActivity,
)
from voice_agent.clock import SystemClock
from voice_agent.doctor.findings import Finding, Verdict
from voice_agent.errors import EngineError, UserError
from voice_agent.settings import Duplex

LISTENED_S = 3.0
_NOISY_DBFS = -45.0
"""A room this loud hides the ends of soft words."""
_LEAST_ABOVE_DB = 12.0
_CLIPPED_A_SECOND = 16
_DEAD_STEPS = 3
"""A working microphone's own noise moves more of the 16 bits; a sound server dithers the last one."""
_AFTER_S = 1.0
"""Listened to after the sweep was heard: Bluetooth comes late."""
_STARTED_S = 0.5
"""Sound servers make both streams ready meanwhile."""


def devices(mic: str | None, speaker: str | None) -> tuple[Finding, SoundDevice | None, SoundDevice | None]:
    """The microphone and the speaker of these names, or the defaults; None where there is none."""
    try:
        found = sound_devices()
    except UserError as error:
        return Finding("sound devices", Verdict.NOT_HERE, error.cause, error.cure), None, None
    inputs, outputs = sum(bool(one.inputs) for one in found), sum(bool(one.outputs) for one in found)
    chosen_in = find_device(mic, "input") if inputs or mic else None
    chosen_out = find_device(speaker, "output") if outputs or speaker else None
    if not inputs and not outputs:
        cure = "plug in a headset; without one, type your turns and read the answers"
        return Finding("sound devices", Verdict.NOT_HERE, "no microphone and no speaker", cure), None, None
    told = f"{inputs} microphones, {outputs} speakers"
    told += f"; microphone {chosen_in.name}" if chosen_in else "; type your turns"
    told += f"; speaker {chosen_out.name}" if chosen_out else "; answers are shown as text"
    return Finding("sound devices", Verdict.OK, told), chosen_in, chosen_out


def microphone(device: SoundDevice | None, activity: VoiceActivity, *, ready: Callable[[], None]) -> Finding:
    """Listens for some seconds. ready: called when somebody may speak. Raises EngineError when it can't be opened."""
    if device is None:
        return Finding("microphone", Verdict.NOT_HERE, "none; turns are typed", "plug one in to speak")
    return judged(asyncio.run(_listen(device, LISTENED_S, ready)), activity)


def judged(heard: Int16Array, activity: VoiceActivity) -> Finding:
    """heard: 16 kHz mono, some seconds, with or without speech."""
    if not len(heard) or np.ptp(heard.astype(np.int32)) <= _DEAD_STEPS:
        cure = "check that it is not muted or switched off, or choose another one with --mic"
        return Finding("microphone", Verdict.FAILED, "it sends no sound at all", cure, is_needed=True)
    blocks = heard[: len(heard) // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
    loudness = np.array([rms(block) for block in blocks])
    is_speech = np.array([activity.is_speech(block) for block in blocks])
    room_dbfs = dbfs(float(np.percentile(loudness, 10)))
    told = f"room {room_dbfs:.0f} dBFS"
    clipped = np.count_nonzero(np.abs(heard.astype(np.int32)) >= 32_766) / (len(heard) / MIC_RATE_HZ)
    if clipped > _CLIPPED_A_SECOND:
        told, cure = f"{told}; the loudest sounds are cut off", "turn its level down, or move away a little"
        return Finding("microphone", Verdict.WARNING, told, cure)
    if is_speech.sum() * BLOCK_S < 0.3:
        told += "; nobody spoke, so the level of speech is not known"
        if room_dbfs > _NOISY_DBFS:
            return Finding("microphone", Verdict.WARNING, told, "look for a quieter place, or use a headset")
        return Finding("microphone", Verdict.OK, told)
    speech_dbfs = dbfs(float(np.sqrt(np.mean(loudness[is_speech] ** 2))))
    told += f", speech {speech_dbfs:.0f} dBFS"
    if speech_dbfs < QUIET_DBFS:
        return Finding("microphone", Verdict.WARNING, told, "turn its level up, or move closer to it")
    if speech_dbfs - room_dbfs < _LEAST_ABOVE_DB:
        return Finding("microphone", Verdict.WARNING, told, "look for a quieter place, or move closer to it")
    return Finding("microphone", Verdict.OK, told)


def echo(mic: SoundDevice | None, speaker: SoundDevice | None, duplex: Duplex | None) -> Finding:
    """Plays a sweep of 0.3 s and listens. Raises EngineError when a device can't be opened."""
    if mic is None or speaker is None:
        return Finding("echo", Verdict.NOT_HERE, "needs a microphone and a speaker")
    heard, sent_at = asyncio.run(_sweep(mic, speaker))
    return judged_echo(find_echo(heard), sent_at, duplex)


def judged_echo(found: Echo | None, sent_at: int, duplex: Duplex | None) -> Finding:
    """sent_at: sample of the recording at which the sweep was handed to the speaker."""
    if found is None:
        return Finding("echo", Verdict.OK, "the microphone does not hear the speaker; you may interrupt by speaking")
    delay_ms = max(0.0, (found.place - sent_at) / MIC_RATE_HZ * 1000)
    told = f"the microphone hears the speaker at {found.level_db:.0f} dB, {delay_ms:.0f} ms after it was sent"
    if duplex is Duplex.HALF:
        return Finding("echo", Verdict.OK, f"{told}; so it rests while your partner speaks (half duplex)")
    return Finding("echo", Verdict.OK, f"{told}; the echo canceller has to take it out")


def canceller(mic: SoundDevice | None, speaker: SoundDevice | None) -> Finding:
    """Plays a murmur of four seconds through the canceller. Raises EngineError when a device can't be opened."""
    if mic is None or speaker is None:
        return Finding("echo canceller", Verdict.NOT_HERE, "needs a microphone and a speaker")
    try:
        one = WebrtcCanceller()
    except EngineError as error:
        told = f"{error.cause}; the microphone rests while your partner speaks"
        return Finding("echo canceller", Verdict.WARNING, told, error.cure)
    played = Played()
    out = DeviceSpeaker(speaker, SystemClock(), tap=played)
    played.set_rate(out.sample_rate_hz)
    microphone = CancellingMicrophone(DeviceMicrophone(mic), played, one)
    asyncio.run(_play_and_listen(microphone, out, murmur(out.sample_rate_hz)))
    return judged_canceller(microphone.guard)


def judged_canceller(guard: EchoGuard) -> Finding:
    """guard: after it has listened to the murmur."""
    before, after, loss = guard.heard_dbfs, guard.left_dbfs, guard.loss_db
    if before - guard.room_dbfs <= LEFT_ABOVE_ROOM_DB:
        return Finding("echo canceller", Verdict.OK, "there is no echo to take out; you may interrupt by speaking")
    told = f"the echo of {before:.0f} dBFS is {loss:.0f} dB softer after it ({after:.0f} dBFS)"
    if guard.trust_in_sound is Trust.SURE:
        return Finding("echo canceller", Verdict.OK, f"{told}; you may interrupt by speaking")
    cure = "wear headphones, turn the loudspeaker down, or move the microphone away from it"
    return Finding("echo canceller", Verdict.WARNING, f"{told}, too little: it rests while your partner speaks", cure)


async def _listen(device: SoundDevice, seconds: float, ready: Callable[[], None]) -> Int16Array:
    blocks: list[Int16Array] = []
    async with aclosing(DeviceMicrophone(device).blocks()) as arriving:
        async for block in arriving:
            if not blocks:
                ready()
            blocks.append(block.samples)
            if len(blocks) * BLOCK_S >= seconds:
                break
    return np.concatenate(blocks)


async def _sweep(mic: SoundDevice, speaker: SoundDevice) -> tuple[Int16Array, int]:
    out = DeviceSpeaker(speaker, SystemClock())
    return await _play_and_listen(DeviceMicrophone(mic), out, sweep(out.sample_rate_hz))


async def _play_and_listen(microphone: Microphone, out: Speaker, sound: Int16Array) -> tuple[Int16Array, int]:
    """What was heard, at 16 kHz, and its sample at which the sound was handed to the speaker."""
    blocks: list[Int16Array] = []
    await out.open()
    sent_at, heard_at = 0, 0

    async def play() -> None:
        nonlocal sent_at, heard_at
        sent_at = len(blocks) * BLOCK_SAMPLES
        await out.write(sound)
        await out.drained()
        heard_at = len(blocks)

    playing: asyncio.Task[None] | None = None
    try:
        async with aclosing(microphone.blocks()) as arriving:
            async for block in arriving:
                blocks.append(block.samples)
                if playing is None and len(blocks) * BLOCK_S >= _STARTED_S:
                    playing = asyncio.create_task(play())
                if playing is not None and playing.done() and (len(blocks) - heard_at) * BLOCK_S >= _AFTER_S:
                    break
        if playing is not None:
            await playing
    finally:
        await out.close()
    return np.concatenate(blocks), sent_at
