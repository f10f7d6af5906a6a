"""The sound check: is it quiet, does the microphone hear the loudspeaker, is the learner heard and understood.

Steps come one after another; each says what to do and then what was found, in plain sentences.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing, suppress

import msgspec
import numpy as np

from voice_agent.audio.cancelling_microphone import CancellingMicrophone
from voice_agent.audio.echo import MURMUR_S, murmur
from voice_agent.audio.echo_guard import LEFT_ABOVE_ROOM_DB, EchoGuard
from voice_agent.audio.protocols import BLOCK_S, MIC_RATE_HZ, Int16Array, MicBlock, Microphone, Speaker, Trust
from voice_agent.catalog.profile import load_profile, save_profile
from voice_agent.conversation import Transcript
from voice_agent.feedback.baseline import baseline_of
from voice_agent.feedback.sounding import measure
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal.breathing import BreathTone
from voice_agent.rehearsal.sound_findings import Found, Step, Verdict
from voice_agent.speech.protocols import Recognizer
from voice_agent.worker import in_thread

READ_ALOUD = (
    "When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. "
    "The rainbow is a division of white light into many beautiful colors."
)
"""The opening of the Rainbow Passage (Fairbanks 1960), which speech clinics use for this."""
QUIET_S, TONE_S, READ_S = 2.0, 2, 12.0
NOISY_DBFS, SOFT_DBFS = -45.0, -40.0
"""A room above the first makes turns hard to end; a voice below the second is hard to understand."""
ECHO_DB = 6.0
"""The loudspeaker this much above the room's noise is heard by the microphone."""
CLIPPED = 32_000
_SETTLE_S = 0.3


async def sound_check(
    microphone: Microphone | None, speaker: Speaker | None, engines: Engines
) -> AsyncGenerator[Step | Found, None]:
    """Run it. speaker must be open. The learner's speech baseline is remembered in the profile."""
    if microphone is None:
        yield Found("microphone", Verdict.NOT_HERE, "There is no microphone.", "You can type your turns.")
        return
    async with aclosing(microphone.blocks()) as blocks:
        yield Step("quiet", f"Stay silent for {QUIET_S:.0f} seconds.", QUIET_S)
        noise = level_dbfs(await _record(blocks, QUIET_S))
        yield quiet_found(noise)
        if speaker is not None and isinstance(microphone, CancellingMicrophone):
            yield Step("echo", "Stay silent: you will hear a murmur.", MURMUR_S)
            await _play(blocks, speaker, [murmur(speaker.sample_rate_hz)], MURMUR_S + _SETTLE_S)
            yield canceller_found(microphone.guard)
        elif speaker is not None:
            yield Step("echo", "Stay silent: you will hear a soft tone.", TONE_S)
            yield echo_found(noise, await _echo(blocks, speaker))
        else:
            yield Found("echo", Verdict.NOT_HERE, "There is no loudspeaker.", "Replies are shown as text.")
        yield Step("read", READ_ALOUD, READ_S)
        samples = await _record(blocks, READ_S)
    for found in await voice_found(samples, noise, engines):
        yield found


def quiet_found(noise_dbfs: float) -> Found:
    """What the room's noise means."""
    if noise_dbfs > NOISY_DBFS:
        cure = "Close a window, move away from the fan, or use a headset."
        return Found("quiet", Verdict.WARNING, f"It is noisy here ({noise_dbfs:.0f} dBFS).", cure)
    return Found("quiet", Verdict.OK, f"It is quiet ({noise_dbfs:.0f} dBFS).")


def echo_found(noise_dbfs: float, with_tone_dbfs: float) -> Found:
    """What the tone in the microphone means."""
    above = with_tone_dbfs - noise_dbfs
    if above > ECHO_DB:
        return Found(
            "echo",
            Verdict.WARNING,
            f"The microphone hears the loudspeaker ({above:.0f} dB above the room).",
            "There is no echo canceller here: the microphone rests while your partner speaks. Headphones help.",
        )
    return Found("echo", Verdict.OK, "The microphone does not hear the loudspeaker: you may interrupt by speaking.")


def canceller_found(guard: EchoGuard) -> Found:
    """What the canceller made of the murmur. guard: after it has listened to it."""
    if guard.heard_dbfs - guard.room_dbfs <= LEFT_ABOVE_ROOM_DB:
        told = "The microphone does not hear the loudspeaker: you may interrupt by speaking."
        return Found("echo", Verdict.OK, told)
    told = f"The microphone hears the loudspeaker; the echo canceller makes that {guard.loss_db:.0f} dB softer"
    if guard.trust_in_sound is Trust.SURE:
        return Found("echo", Verdict.OK, f"{told}: you may interrupt by speaking.")
    cure = "Wear headphones, or turn the loudspeaker down. Else the microphone rests while your partner speaks."
    return Found("echo", Verdict.WARNING, f"{told}, which is too little.", cure)


async def voice_found(samples: Int16Array, noise_dbfs: float, engines: Engines) -> Sequence[Found]:
    """What the read sentences tell: level, words, baseline."""
    loud = level_dbfs(samples)
    if loud - noise_dbfs < ECHO_DB:
        cure = "Speak closer to the microphone, or choose another one."
        return [Found("voice", Verdict.FAILED, "Nobody was heard to read.", cure)]
    found = []
    if np.abs(samples.astype(np.int32)).max(initial=0) > CLIPPED:
        found.append(
            Found("voice", Verdict.WARNING, "Your voice is too loud for the microphone.", "Move back a little.")
        )
    elif loud < SOFT_DBFS:
        found.append(Found("voice", Verdict.WARNING, f"You are very soft ({loud:.0f} dBFS).", "Move closer."))
    else:
        found.append(Found("voice", Verdict.OK, f"You are heard well ({loud:.0f} dBFS)."))
    if engines.recognizer is not None:
        heard = await engines.recognizer_worker.run(_recognized, engines.recognizer, samples)
        found.append(_words_found(heard.text))
    baseline = None
    with suppress(Exception):  # a measure that fails must not end the check
        measured = await engines.prosody_worker.run(measure, samples, Transcript(READ_ALOUD))
        baseline = baseline_of([measured] if measured is not None else [])
    if baseline is not None:
        profile = await in_thread(load_profile)
        await in_thread(save_profile, msgspec.structs.replace(profile, baseline=baseline))
        found.append(
            Found("baseline", Verdict.OK, "How you usually sound is remembered on this machine, as numbers.")
        )
    else:
        found.append(Found("baseline", Verdict.WARNING, "Too little speech to remember how you usually sound."))
    return found


def level_dbfs(samples: Int16Array) -> float:
    """RMS of 16-bit samples; -96 for digital silence."""
    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0
    return 20 * float(np.log10(max(rms, 0.5) / 32_768))


def _words_found(text: str) -> Found:
    wanted = READ_ALOUD.lower().replace(",", "").replace(".", "").split()
    got = text.lower().split()
    right = sum(min(wanted.count(word), got.count(word)) for word in set(wanted)) / len(wanted)
    told = f'{right:.0%} of the words were understood: "{text}"'
    if right < 0.5:
        cure = "Dictation will be rough: commands still work, every turn can be typed, and better recognizers exist."
        return Found("words", Verdict.WARNING, told, cure)
    return Found("words", Verdict.OK, told)


def _recognized(recognizer: Recognizer, samples: Int16Array) -> Transcript:
    recognizer.begin()
    for start in range(0, len(samples), MIC_RATE_HZ // 10):
        recognizer.feed(samples[start : start + MIC_RATE_HZ // 10])
    return recognizer.finish()


async def _record(blocks: AsyncGenerator[MicBlock, None], seconds: float) -> Int16Array:
    taken: list[Int16Array] = []
    async for block in blocks:
        taken.append(block.samples)
        if len(taken) * BLOCK_S >= seconds:
            break
    return np.concatenate(taken) if taken else np.zeros(0, np.int16)


async def _echo(blocks: AsyncGenerator[MicBlock, None], speaker: Speaker) -> float:
    """The microphone's level while a tone sounds, in dBFS."""

    tone = BreathTone(TONE_S, is_in=True)(speaker.sample_rate_hz)
    heard = await _play(blocks, speaker, tone, TONE_S - _SETTLE_S)
    return level_dbfs(heard[round(_SETTLE_S * MIC_RATE_HZ) :])


async def _play(
    blocks: AsyncGenerator[MicBlock, None], speaker: Speaker, sound: Iterable[Int16Array], seconds: float
) -> Int16Array:
    """What the microphone hears meanwhile."""

    async def play() -> None:
        for samples in sound:
            await speaker.write(samples)

    playing = asyncio.ensure_future(play())
    heard = await _record(blocks, seconds)
    await playing
    return heard
