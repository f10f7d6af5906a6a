"""Puts a rehearsal together from a scenario or a stored session, engines, and sound."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from voice_agent.audio.protocols import Microphone, Speaker
from voice_agent.clock import Clock
from voice_agent.errors import UserError
from voice_agent.events import Event, SessionResumed, SessionStarted, Stamped
from voice_agent.partner.stance import first_stance
from voice_agent.pipeline.stages import Engines
from voice_agent.rehearsal.background import Background
from voice_agent.rehearsal.devices import Devices
from voice_agent.rehearsal.journal import EventStore, Journal
from voice_agent.rehearsal.rehearsal import Rehearsal
from voice_agent.rehearsal.talk import Talk, new_talk
from voice_agent.scenario import Scenario
from voice_agent.settings import Settings
from voice_agent.worker import Worker


def new_session_id() -> str:
    """Eight hexadecimal digits: short enough to type, and forty rehearsals a day for years don't collide."""
    return secrets.token_hex(4)


def start_rehearsal(
    *,
    scenario: Scenario,
    settings: Settings,
    pipeline: str,
    engines: Engines,
    microphone: Microphone | None,
    speaker: Speaker | None,
    store: EventStore,
    clock: Clock,
    devices: Devices,
    program: str,
    session: str | None = None,
    background: Background,
    seed: int | None = None,
) -> Rehearsal:
    """A new rehearsal. speaker must be open already. seed: makes the partner's choices repeatable."""
    session = session or new_session_id()
    started = SessionStarted(
        scenario=scenario,
        settings=settings,
        pipeline=pipeline,
        engines=dict(engines.names),
        hosts=dict(engines.hosts),
        microphone=microphone.name if microphone else "typed",
        speaker=speaker.name if speaker else "none",
        seed=secrets.randbelow(2**31) if seed is None else seed,
        program=program,
    )
    talk = new_talk(started, first_stance(scenario, settings.difficulty))
    return _rehearsal(talk, [started], engines, microphone, speaker, store, clock, devices, session, 0, background)


def resume_rehearsal(
    *,
    stored: Sequence[Stamped],
    engines: Engines,
    microphone: Microphone | None,
    speaker: Speaker | None,
    store: EventStore,
    clock: Clock,
    devices: Devices,
    background: Background,
) -> Rehearsal:
    """A stored session, going on after its last event. Raises UserError when it has ended."""
    talk = talk_of(stored)
    if talk.ended is not None:
        raise UserError(f"session {stored[0].session} has ended", cure="start a new one with `voice-agent practice`")
    resumed = SessionResumed(
        engines=dict(engines.names),
        hosts=dict(engines.hosts),
        microphone=microphone.name if microphone else "typed",
        speaker=speaker.name if speaker else "none",
    )
    last = stored[-1]
    return _rehearsal(
        talk, [resumed], engines, microphone, speaker, store, clock, devices, last.session, last.seq + 1, background
    )


def talk_of(stored: Sequence[Stamped]) -> Talk:
    """The talk as its events leave it. Raises UserError when they don't begin a session."""
    if not stored or not isinstance(stored[0].event, SessionStarted):
        raise UserError("the session holds no beginning", cure="delete it with `voice-agent sessions delete`")
    started = stored[0].event
    talk = new_talk(started, first_stance(started.scenario, started.settings.difficulty))
    for stamped in stored[1:]:
        talk.apply(stamped.event)
    return talk


def _rehearsal(
    talk: Talk,
    opening: list[Event],
    engines: Engines,
    microphone: Microphone | None,
    speaker: Speaker | None,
    store: EventStore,
    clock: Clock,
    devices: Devices,
    session: str,
    next_seq: int,
    background: Background,
) -> Rehearsal:
    if talk.settings.stance_pauses:
        engines.hesitate(clock)
    worker = Worker("store", engines.counter)
    journal = Journal(store, worker, clock, session=session, next_seq=next_seq)
    rehearsal = Rehearsal(
        talk=talk,
        opening_events=opening,
        engines=engines,
        microphone=microphone,
        speaker=speaker,
        journal=journal,
        clock=clock,
        devices=devices,
        background=background,
    )
    journal.on_store_failed = rehearsal.store_failed
    return rehearsal
