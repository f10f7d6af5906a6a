"""`voice-agent prepare` and `voice-agent after`: half an hour before a real talk, and the day after it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voice_agent.cli.stores import opened
from voice_agent.errors import UserError
from voice_agent.plain.fitted import fitted

if TYPE_CHECKING:
    from voice_agent.audio.protocols import Speaker
    from voice_agent.clock import Clock
    from voice_agent.pipeline.stages import Engines
    from voice_agent.rehearsal.brief_feedback import BriefFeedback
    from voice_agent.rehearsal.dialog import Dialog
    from voice_agent.rehearsal.preparing import HelpFor
    from voice_agent.scenario import Scenario
    from voice_agent.sessions.real_talk import Preparation, RealTalk
    from voice_agent.sessions.store import SessionStore
    from voice_agent.sessions.story import Story
    from voice_agent.worker import WorkCounter

MOST_SESSIONS = 5
"""Earlier sessions that are looked through: what was said long ago is not what one would say now."""
_HANDS_FREE = typer.Option("--hands-free", help="Everything by voice; what is said is shown too.")
_MIC = typer.Option(help="With --hands-free: name or number of a microphone, or a sound file.")
_SPEAKER = typer.Option(help="Name or number of a speaker, or a WAV file to write.")
_PIPELINE = typer.Option(help="Whose recognizer and voice are used; ratings stay on this machine.")
_FAST = typer.Option("--fast", help="With a file as microphone: as fast as possible.")


def prepare(
    scenario: Annotated[
        str | None, typer.Argument(metavar="ID", help="The situation; none: the one that you practised last.")
    ] = None,
    card: Annotated[
        Path | None, typer.Option("--card", help="Also write the cue card: .txt, .md, or .html to print.")
    ] = None,
    breathe: Annotated[
        int | None,
        typer.Option(
            "--breathe", min=0, max=300, help="Seconds of paced breathing, 0 for none; default 60, by voice 30."
        ),
    ] = None,
    aloud: Annotated[bool, typer.Option("--aloud", help="Let the coach read the card aloud.")] = False,
    hands_free: Annotated[bool, _HANDS_FREE] = False,
    mic: Annotated[str | None, _MIC] = None,
    speaker: Annotated[str | None, _SPEAKER] = None,
    pipeline: Annotated[str, _PIPELINE] = "offline",
    fast: Annotated[bool, _FAST] = False,
) -> int:
    """Half an hour before the real talk: breathing, your opening line, two hard answers, a cue card. Five minutes.

    \b
    voice-agent prepare boss-raise --card card.html
    voice-agent prepare --hands-free

    The words are yours: from your plan, your best turns, what the coach gave you, and the situation.
    """
    from voice_agent.cli.entry_pages import form_of, write_page
    from voice_agent.rehearsal.preparing import CareNeededError, card_lines

    form = form_of(card)
    # By voice the choices are read aloud, which takes the time.
    breath_s = breathe if breathe is not None else 30 if hands_free else 60
    with opened() as store:
        chosen = _situation(store, scenario)
        stories = _stories(store, chosen.id)
        try:
            preparation = asyncio.run(
                _prepare(store, chosen, stories, breath_s, aloud, (hands_free, mic, speaker, pipeline, fast))
            )
        except CareNeededError:
            return 0
        if card is not None and form is not None and card_lines(preparation.card):
            write_page(store, preparation, card, form)
    typer.echo(f"Kept: voice-agent diary show {preparation.id}", err=True)
    return 0


def after(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="The situation; none: the one that you prepared for, or practised, last."),
    ] = None,
    partner: Annotated[str | None, typer.Option("--with", help="Instead: who it was, for a talk of its own.")] = None,
    about: Annotated[str | None, typer.Option("--about", help="With --with: what it was about.")] = None,
    hands_free: Annotated[bool, _HANDS_FREE] = False,
    mic: Annotated[str | None, _MIC] = None,
    speaker: Annotated[str | None, _SPEAKER] = None,
    pipeline: Annotated[str, _PIPELINE] = "offline",
    fast: Annotated[bool, _FAST] = False,
) -> int:
    """After the real talk: how it feels now, what was really said, what worked. Every step can be left out.

    \b
    voice-agent after boss-raise
    voice-agent after --with Ann --about "the spare key"

    What you told is kept on this machine, apart from rehearsals, and can become a situation to practise.
    """
    from voice_agent.rehearsal.preparing import CareNeededError

    if scenario is not None and partner is not None:
        raise UserError("a situation and --with at once", cure="give one of them")
    with opened() as store:
        chosen = None if partner is not None else _situation(store, scenario, is_told=True)
        talk = _talk(store, chosen, partner, about)
        try:
            path = asyncio.run(_after(store, chosen, talk, (hands_free, mic, speaker, pipeline, fast)))
        except CareNeededError:
            return 0
    typer.echo(f"Kept: voice-agent diary show {talk.id}", err=True)
    if path is not None:
        typer.echo(f"Written: {path}\nPractise it: voice-agent practice {path.stem}", err=True)
    return 0


Sound = tuple[bool, str | None, str | None, str, bool]
"""Hands-free, microphone, speaker, pipeline, fast."""


async def _prepare(
    store: SessionStore, scenario: Scenario, stories: Sequence[Story], breath_s: int, aloud: bool, sound: Sound
) -> Preparation:
    from datetime import UTC, datetime

    from voice_agent.rehearsal.own_words import OwnWords
    from voice_agent.rehearsal.preparing import Preparing, card_lines
    from voice_agent.rehearsal.setup import new_session_id
    from voice_agent.sessions.real_talk import Preparation

    earlier = [one for one in store.diary.entries() if isinstance(one, Preparation) and one.scenario == scenario.id]
    words = OwnWords(scenario, stories, earlier[0] if earlier else None)
    async with _opened(scenario, sound) as (dialog, engines, clock):
        preparing = Preparing(
            dialog,
            words,
            _feedback(engines),
            clock,
            store.diary.keep,
            help_lines=_help(),
            breath_s=breath_s,
        )
        done = await preparing.run(
            Preparation(
                id=new_session_id(),
                scenario=scenario.id,
                title=scenario.title,
                partner=scenario.partner.name,
                began=datetime.now(UTC),
            )
        )
    if aloud and not sound[0] and (lines := card_lines(done.card)):
        await _read_aloud(scenario, sound, " ".join(lines))
    return done


async def _after(store: SessionStore, scenario: Scenario | None, talk: RealTalk, sound: Sound) -> Path | None:
    from voice_agent.rehearsal.afterwards import Afterwards
    from voice_agent.rehearsal.dialog import NO, YES
    from voice_agent.rehearsal.real_scenario import their_lines

    async with _opened(scenario, sound) as (dialog, engines, _):
        told = await Afterwards(dialog, scenario, _feedback(engines), store.diary.keep, help_lines=_help()).run(talk)
        if not their_lines(told) or (scenario is None and sound[0]):
            return None
        if await dialog.ask("Shall it become a situation to practise?", (YES, NO)) != YES:
            return None
        return await make_situation(told, scenario, dialog, asks=not sound[0])


async def make_situation(talk: RealTalk, base: Scenario | None, dialog: Dialog, *, asks: bool) -> Path:
    """Keep a real talk as an own situation; where it lies. asks: let the learner say what each line did."""
    from voice_agent.catalog.own_scenarios import keep_scenario
    from voice_agent.cli.scenarios import interviewed
    from voice_agent.conversation import Move
    from voice_agent.rehearsal.interview import likely_move, slug_of
    from voice_agent.rehearsal.real_scenario import (
        CHOICES,
        interview_about,
        real_scenario,
        their_lines,
    )

    if base is None:
        interview = await asyncio.to_thread(interviewed, interview_about(talk))
        return keep_scenario(interview.scenario(_free_id(slug_of(interview))))
    moves = {}
    for line in their_lines(talk):
        guess = likely_move(line) or Move.MINIMISE
        order = sorted(CHOICES, key=lambda move: move is not guess)
        answer = ""
        if asks:
            answer = await dialog.ask(f'"{line}" What did they do there?', [CHOICES[move] for move in order])
        moves[line] = next((move for move, words in CHOICES.items() if words == answer), guess)
    return keep_scenario(real_scenario(talk, base, moves, _free_id(f"{base.id}-real")))


def _free_id(name: str) -> str:
    from voice_agent.catalog.own_scenarios import LONGEST_ID
    from voice_agent.catalog.scenarios import scenario_files

    taken = scenario_files()
    name = name[: LONGEST_ID - 4].rstrip("-")
    numbers = (name if number == 1 else f"{name}-{number}" for number in range(1, len(taken) + 2))
    return next(one for one in numbers if one not in taken)


def _show(line: str) -> None:
    typer.echo(fitted(line))


def _situation(store: SessionStore, name: str | None, *, is_told: bool = False) -> Scenario:
    """The one named, or the last one prepared for or practised. Raises UserError.

    is_told: a talk that was prepared for and not told yet goes before what was practised since.
    """
    from voice_agent.catalog.scenarios import load_scenario, scenario_files
    from voice_agent.sessions.real_talk import Preparation

    if name is not None:
        return load_scenario(name)
    entries = [one for one in store.diary.entries() if one.scenario][:1]
    last = [(one.began, one.scenario) for one in entries]
    last += [(one.started, one.scenario) for one in store.summaries()[:1]]
    if not (is_told and entries and isinstance(entries[0], Preparation)):
        last.sort(reverse=True)
    known = scenario_files()
    for _, scenario in last:
        if scenario in known:
            return load_scenario(scenario)
    raise UserError("no situation was named", cure="name one of `voice-agent scenarios list`")


def _stories(store: SessionStore, scenario: str) -> list[Story]:
    """Earlier sessions in it, newest first; one that can't be read is left out, `sessions check` tells of it."""
    from voice_agent.sessions.story import story_of

    found = []
    for session in [one for one in store.summaries() if one.scenario == scenario][:MOST_SESSIONS]:
        try:
            found.append(story_of(store.events(session.id)))
        except UserError:
            continue
    return found


def _talk(store: SessionStore, scenario: Scenario | None, partner: str | None, about: str | None) -> RealTalk:
    """The one that was begun and not told to the end, else a new one."""
    from datetime import UTC, datetime

    from voice_agent.rehearsal.setup import new_session_id
    from voice_agent.sessions.real_talk import RealTalk
    from voice_agent.text import clean

    name = scenario.partner.name if scenario is not None else clean(partner or "", limit=60)
    title = scenario.title if scenario is not None else clean(about or "", limit=120) or f"A talk with {name}"
    if not name:
        raise UserError("nobody is named", place="--with", cure="give a first name, or what you call them")
    scenario_id = scenario.id if scenario is not None else ""
    for one in store.diary.entries():
        if isinstance(one, RealTalk) and not one.is_done and (one.scenario, one.partner) == (scenario_id, name):
            typer.echo(f"Going on with what you told {one.began.astimezone():%Y-%m-%d %H:%M}.", err=True)
            return one
    return RealTalk(id=new_session_id(), scenario=scenario_id, title=title, partner=name, began=datetime.now(UTC))


@asynccontextmanager
async def _opened(
    scenario: Scenario | None, sound: Sound
) -> AsyncGenerator[tuple[Dialog, Engines | None, Clock], None]:
    """The dialog, with what it needs. Raises UserError."""
    from voice_agent.clock import SystemClock
    from voice_agent.rehearsal.dialog import TypedDialog

    if sound[0]:
        async with _by_voice(scenario, sound) as spoken:
            yield spoken
        return
    clock = SystemClock()
    yield TypedDialog(_show, _read_line, clock), None, clock


@asynccontextmanager
async def _by_voice(scenario: Scenario | None, sound: Sound) -> AsyncGenerator[tuple[Dialog, Engines, Clock], None]:
    from voice_agent.catalog.scenarios import read_scenario, scenario_files
    from voice_agent.cli.sound import is_file, make_speaker, open_microphone, silent_speaker
    from voice_agent.clock import SystemClock, VirtualClock
    from voice_agent.rehearsal.dialog import SpokenDialog
    from voice_agent.rehearsal.voice_dialog import voice_dialog
    from voice_agent.worker import WorkCounter

    _, mic, speaker_name, _, fast = sound
    if fast and not is_file(mic):
        raise UserError("--fast needs a recording", cure="add --mic FILE.wav")
    counter = WorkCounter()
    clock = VirtualClock(counter) if fast else SystemClock()
    microphone = open_microphone(mic, clock)
    speaker = make_speaker(speaker_name, clock) if speaker_name or not fast else silent_speaker(clock)
    if microphone is None or speaker is None:
        raise UserError("--hands-free needs a microphone and a speaker", cure="connect them, or leave it out")
    await speaker.open()
    about = scenario or read_scenario(next(iter(scenario_files().values())))
    engines = await asyncio.to_thread(_engines, about, sound, counter)
    running = asyncio.ensure_future(clock.run()) if isinstance(clock, VirtualClock) else None
    try:
        async with voice_dialog(engines, microphone, speaker, clock) as voice:
            yield SpokenDialog(voice, _show), engines, clock
    finally:
        if running is not None:
            running.cancel()
        await engines.close()
        await speaker.close()


def _engines(scenario: Scenario, sound: Sound, counter: WorkCounter, *, hears: bool = True) -> Engines:
    from voice_agent.catalog.pipelines import load_pipeline
    from voice_agent.pipeline.stages import open_engines

    engines = open_engines(load_pipeline(sound[3]), scenario, counter=counter, hears=hears)
    for host in engines.hosts.values():
        typer.echo(f"What you say leaves this machine: to {host}.", err=True)
    if engines.coach is None:
        typer.echo("There is no second voice for the coach here: what it says is shown.", err=True)
    return engines


async def _read_aloud(scenario: Scenario, sound: Sound, words: str) -> None:
    """The coach reads it; where there is no speaker, a word about it."""
    from voice_agent.cli.sound import make_speaker
    from voice_agent.clock import SystemClock
    from voice_agent.errors import EngineError
    from voice_agent.rehearsal.coach_voice import CoachVoice
    from voice_agent.worker import WorkCounter

    speaker: Speaker | None = None
    try:
        if (speaker := make_speaker(sound[2], SystemClock())) is None:
            return
        await speaker.open()
    except (UserError, EngineError) as error:
        typer.echo(f"No speaker: {error}. The card is not read aloud.", err=True)
        return
    engines = await asyncio.to_thread(_engines, scenario, sound, WorkCounter(), hears=False)
    try:
        voice = CoachVoice(engines, asyncio.ensure_future, lambda: None)
        voice.say(words, speaker)
        await voice.finished()
    finally:
        await engines.close()
        await speaker.close()


def _feedback(engines: Engines | None) -> BriefFeedback:
    from voice_agent.pipeline.stages import open_feedback
    from voice_agent.rehearsal.brief_feedback import BriefFeedback

    if engines is not None:
        return BriefFeedback(engines.rater, engines.stand_in_advisor)
    return BriefFeedback(*open_feedback("local"))


def _help() -> HelpFor:
    from voice_agent.catalog.help_lines import load_help_lines, region

    lines, where = load_help_lines(), region()
    return lambda kind: lines.lines_for(where, kind)


def _read_line() -> str | None:
    from voice_agent.text import clean

    line = sys.stdin.readline()
    return clean(line) if line else None
