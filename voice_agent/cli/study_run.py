"""`voice-agent study run`: one participant's visit, from consent to the last question, with breaks and crashes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voice_agent.errors import EngineError, UserError
from voice_agent.text import sentence

if TYPE_CHECKING:
    from voice_agent.cli.wishes import Wishes
    from voice_agent.events import EndReason, Event
    from voice_agent.plain.front import Keyboard
    from voice_agent.plain.interviewer import Interviewer
    from voice_agent.study.participant import Participant
    from voice_agent.study.protocol import Item, Phase
    from voice_agent.study.steps import Questionnaire, Rehearse, Step
    from voice_agent.study.trial import Trial

Ask = Callable[..., Awaitable[str]]
BROKEN_OFF = 130
_YES, _NO = ("y", "yes", "i agree", "agree"), ("n", "no")
_ABOUT: dict[str, str] = {
    "baseline": "Now a first talk with a simulated partner. Speak as you would.",
    "training": "Now you practise.",
    "practised": "Now a talk that you know, without help.",
    "transfer_new": "Now a talk that is new to you, without help.",
    "transfer_harder": "Now another new talk, without help.",
}


def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A study file, or the id of a shipped one.")],
    code: Annotated[str, typer.Argument(metavar="CODE", help="The participant's code.")],
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, for screen readers; always so in a pipe.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Questions and events as JSON Lines.")] = False,
    mic: Annotated[str | None, typer.Option(help="Name or number of a microphone, or 'typed'.")] = None,
    speaker: Annotated[str | None, typer.Option(help="Name or number of a speaker, or 'none' for text only.")] = None,
    hands_free: Annotated[bool, typer.Option("--hands-free", help="Questions and talks by voice.")] = False,
    headphones: Annotated[bool, typer.Option("--headphones", help="The participant wears headphones.")] = False,
    keep_audio: Annotated[
        bool, typer.Option("--keep-audio", help="Keep both voices; say so in the consent.")
    ] = False,
    after_care: Annotated[
        bool, typer.Option("--after-care", help="Somebody has looked after the participant: the trial may go on.")
    ] = False,
) -> int:
    """Take a participant through their visit, from where they are.

    \b
    voice-agent study run my-study.yaml QH7-K3W
    voice-agent study run my-study.yaml QH7-K3W --plain --mic typed --speaker none

    Enter skips a question. /break stops for now, /withdraw leaves the study.
    """
    from voice_agent.cli.study_opened import opened
    from voice_agent.cli.wishes import Wishes

    screen = not (plain or as_json) and sys.stdin.isatty() and sys.stdout.isatty()
    wishes = Wishes(
        mic=mic,
        speaker=speaker,
        hands_free=hands_free,
        headphones=headphones or None,
        as_json=as_json,
        keep_audio=keep_audio,
        screen=screen,
        check_ins=False,
    )
    with opened(file) as trial:
        participant = trial.participant(code)
        if participant.needs_care:
            if not after_care:
                raise UserError(
                    f"{participant.code} was stopped for care's sake",
                    cure="look after them; if they want to go on, add --after-care",
                )
            trial.end_care(participant.code)
        trial.hold_visit(participant.code)
        visit = Visit(trial, participant.code, wishes, file)
        try:
            return asyncio.run(visit.run())
        except KeyboardInterrupt:
            typer.echo(f"Stopped for now. Go on with: {visit.again}", err=True)
            return BROKEN_OFF


class BreakError(Exception):
    """The participant stops for now."""


class WithdrawnError(Exception):
    """The participant leaves the study."""


class Visit:
    """One sitting of one participant."""

    def __init__(self, trial: Trial, code: str, wishes: Wishes, file: str) -> None:
        self._trial, self._code, self._wishes = trial, code, wishes
        self.again = f"voice-agent study run {file} {code}"
        """The command that goes on after a break."""
        self._keyboard: Keyboard | None = None
        self._told: Phase | None = None

    async def run(self) -> int:
        """Until the visit is done, or broken off; the exit code."""
        self._interviewer = self._open_interviewer()
        try:
            return await self._steps()
        except BreakError:
            await self._interviewer.tell(f"Stopped for now. Go on with: {self.again}")
            return BROKEN_OFF
        except WithdrawnError:
            await self._interviewer.tell("You have left the study. Nobody will ask you why.")
            return 0

    def _open_interviewer(self) -> Interviewer:
        from voice_agent.plain.front import Keyboard
        from voice_agent.plain.interviewer import JsonInterviewer, PlainInterviewer, TerminalInterviewer

        if self._wishes.screen:
            return TerminalInterviewer()  # the app reads the keys itself: nobody may read ahead of it
        self._keyboard = Keyboard(sys.stdin)
        return JsonInterviewer(self._keyboard) if self._wishes.as_json else PlainInterviewer(self._keyboard)

    async def _steps(self) -> int:
        study, visit = self._trial.study, 0
        while True:
            participant = await asyncio.to_thread(self._trial.participant, self._code)
            step = participant.next_step(study)
            if step is None:
                await self._interviewer.tell(_goodbye(participant, study.thanks))
                return 0
            if step.visit != visit:
                if visit:
                    await self._interviewer.tell(f"This visit is done. The next one: {self.again}")
                    return 0
                self._check_time(participant, step)
                visit = step.visit
            await self._take(participant, step)

    def _check_time(self, participant: Participant, step: Step) -> None:
        if (due := self._trial.earliest(participant, step)) is not None:
            raise UserError(
                f"the next visit of {self._code} begins at {due.astimezone():%Y-%m-%d %H:%M}, not before",
                cure="come again then",
            )

    async def _take(self, participant: Participant, step: Step) -> None:
        from voice_agent.study.steps import AskConsent, Questionnaire, Randomise

        match step:
            case AskConsent():
                await self._ask_consent()
            case Randomise():
                await asyncio.to_thread(self._trial.randomise, self._code)
            case Questionnaire():
                await self._fill_in(participant, step)
            case _:
                await self._rehearse(participant, step)

    # Questions.

    async def _ask_consent(self) -> None:
        study = self._trial.study
        await self._interviewer.tell(f"{study.consent.text}\n(Version {study.consent.version})")
        while True:
            answer = await self._ask("Do you agree to take part? Type yes or no.", step="consent")
            if answer.strip().lower() in (*_YES, *_NO):
                break
            await self._interviewer.tell("Please type yes or no.")
        agreed = answer.strip().lower() in _YES
        await asyncio.to_thread(lambda: self._trial.consent(self._code, given=agreed))

    async def _fill_in(self, participant: Participant, step: Questionnaire) -> None:
        from voice_agent.study.questionnaire import items_of

        known = participant.answers.get(step.id, {})
        todo = [item for item in items_of(self._trial.study.measures) if item.id not in known]
        intro = f"{self._trial.study.measures.intro} ".lstrip()
        await self._interviewer.tell(f"{intro}{len(todo)} questions. Enter skips one, /break stops for now.")
        async with self._asking() as ask:
            for item in todo:
                value = await self._value(step, item, ask)
                await asyncio.to_thread(self._trial.answer, self._code, step, item.id, value)

    async def _value(self, step: Questionnaire, item: Item, ask: Ask) -> int | None:
        from voice_agent.study.questionnaire import asked, value_of

        slip = ""
        while True:
            answer = await ask(f"{slip}{asked(item)}", step=step.id, item=item.id, low=item.low, high=item.high)
            try:
                return value_of(item, answer)
            except UserError as error:
                slip = f"{sentence(str(error))} "

    async def _ask(self, question: str, **facts: Any) -> str:
        answer = await self._interviewer.ask(question, **facts)
        if answer is None or answer.strip().lower() == "/break":
            raise BreakError
        if answer.strip().lower() != "/withdraw":
            return answer
        sure = await self._interviewer.ask("Leave the study for good? Type yes to leave.", step="withdraw")
        if sure is None or sure.strip().lower() not in _YES:
            return await self._ask(question, **facts)
        wipe = await self._interviewer.ask("Delete what you gave so far, too? Type yes or no.", step="withdraw")
        deletes = wipe is not None and wipe.strip().lower() in _YES
        await asyncio.to_thread(lambda: self._trial.withdraw(self._code, deletes=deletes))
        raise WithdrawnError

    @asynccontextmanager
    async def _asking(self) -> AsyncGenerator[Ask, None]:
        """How questions are asked: by the keyboard, or hands-free by voice."""
        if not self._wishes.hands_free:
            yield self._ask
            return
        from voice_agent.cli.conduct import asking_aloud
        from voice_agent.speech.spoken_command import Asked

        async with asking_aloud(self._pipeline()) as dialog:

            async def ask(question: str, **facts: Any) -> str:
                await self._interviewer.tell(question)
                try:
                    answer = await dialog.ask(question, Asked.NUMBER)
                except EngineError as error:
                    await self._interviewer.tell(f"{error}.")
                    raise BreakError from error
                await self._interviewer.tell(f"You said: {answer}")
                return answer

            yield ask

    def _pipeline(self) -> Wishes:
        return replace(self._wishes, pipeline=self._trial.study.pipeline)

    # Rehearsals.

    async def _rehearse(self, participant: Participant, step: Rehearse) -> None:
        from voice_agent.catalog.scenarios import load_scenario
        from voice_agent.cli.conduct import INTERRUPTED, conduct
        from voice_agent.events import EndReason

        if step.phase is not self._told:
            self._told = step.phase
            await self._interviewer.tell(_ABOUT[step.phase.value])
        store = self._trial.store.sessions
        session = await asyncio.to_thread(self._trial.begin_rehearsal, self._code, step)
        begun = {one.id: one for one in await asyncio.to_thread(store.summaries)}.get(session)
        if begun is None or begun.ended is None:
            wishes = self._arranged(participant, step, session)
            code = await conduct(load_scenario(step.scenario), wishes.plan(), wishes, begun)
            if code == INTERRUPTED:
                raise BreakError
        reason = _reason((await asyncio.to_thread(store.events, session))[-1].event)
        if reason is None:
            raise BreakError
        await asyncio.to_thread(self._trial.end_rehearsal, self._code, step, reason)
        if reason is EndReason.CARE:
            await self._interviewer.tell("We stop here. Please talk to the person who gave you the code.")
            raise BreakError

    def _arranged(self, participant: Participant, step: Rehearse, session: str) -> Wishes:
        """The rehearsal as the protocol wants it."""
        from voice_agent.cli.wishes import TrialRehearsal
        from voice_agent.settings import Arm, Mode

        study = self._trial.study
        arm = study.arm(participant.arm) if step.phase.has_feedback and participant.arm else None
        return replace(
            self._pipeline(),
            mode=arm.mode if arm else Mode.FLOW,
            difficulty=study.difficulty,
            trial=TrialRehearsal(
                store=self._trial.store.sessions,
                session=session,
                arm=arm.shows if arm else Arm.SIMULATION_ONLY,
                most_turns=study.turns,
                keyboard=self._keyboard,
                resume_with=self.again,
            ),
        )


def _reason(last: Event) -> EndReason | None:
    from voice_agent.events import SessionEnded

    return last.reason if isinstance(last, SessionEnded) else None


def _goodbye(participant: Participant, thanks: str) -> str:
    if participant.withdrawn is not None:
        return "You have left the study."
    return "Thank you. You are not taking part." if participant.has_refused else thanks
