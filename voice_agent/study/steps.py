"""The way of a participant through a trial, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from voice_agent.study.protocol import Phase, Study, When


@dataclass(frozen=True, slots=True)
class AskConsent:
    id: str = "consent"
    visit: int = 1


@dataclass(frozen=True, slots=True)
class Randomise:
    """Only now, with the baseline done, a participant gets an arm."""

    id: str = "randomise"
    visit: int = 1


@dataclass(frozen=True, slots=True)
class Questionnaire:
    id: str
    visit: int
    when: When


@dataclass(frozen=True, slots=True)
class Rehearse:
    id: str
    visit: int
    phase: Phase
    scenario: str
    """An id or a file, as the study file names it."""


Step = AskConsent | Randomise | Questionnaire | Rehearse
_TESTS = (Phase.PRACTISED, Phase.TRANSFER_NEW, Phase.TRANSFER_HARDER)


def steps_of(study: Study) -> tuple[Step, ...]:
    """All of them, in order; ids are unique and stay the same."""
    steps: list[Step] = [AskConsent()]
    for visit in range(1, study.sessions + 1):
        steps.append(_questionnaire(visit, When.PRE))
        if visit == 1:
            steps += [*_rehearsals(study, visit, Phase.BASELINE), Randomise()]
        steps += [*_rehearsals(study, visit, Phase.TRAINING), _questionnaire(visit, When.POST)]
    tests = [step for phase in _TESTS for step in _rehearsals(study, study.sessions, phase)]
    if tests:
        steps += [*tests, _questionnaire(study.sessions, When.AFTER_TRANSFER)]
    return tuple(steps)


def _questionnaire(visit: int, when: When) -> Questionnaire:
    return Questionnaire(f"v{visit}.{when.value}", visit, when)


def _rehearsals(study: Study, visit: int, phase: Phase) -> list[Rehearse]:
    return [
        Rehearse(f"v{visit}.{phase.value}.{number}", visit, phase, scenario)
        for number, scenario in enumerate(study.phases.of(phase), start=1)
    ]
