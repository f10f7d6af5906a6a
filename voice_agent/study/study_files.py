"""Reads study files: `studies/*.yaml`, shipped and the user's own, with every mistake told, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from voice_agent.catalog.checked import LineOf, checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text, shipped_folder
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.catalog.yaml_lines import parse_yaml
from voice_agent.errors import UserError, nearest
from voice_agent.study.protocol import SKILL, Phase, Study
from voice_agent.study.questionnaire import items_of

KIND, SUFFIX = "studies", ".yaml"
EXAMPLE = "imbue-replication"
_PLAIN: dict[str, Any] = {
    "schema": 1,
    "id": "plain",
    "title": "plain",
    "arms": [{"id": "a", "title": "a", "feedback": False}, {"id": "b", "title": "b", "feedback": True}],
    "control": "a",
    "measures": {},
    "phases": {"training": ["roommate-dishes"]},
    "randomisation": {"block_sizes": [2]},
    "consent": {"version": "1", "text": "x" * 40},
}
"""Without a mistake: stands in for the other keys while one key of a file is looked at."""


def study_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def load_study(name: str) -> Study:
    """The study of this id, or in this file. Raises UserError at the first mistake."""
    study, mistakes = read_study(name)
    if mistakes or study is None:
        raise mistakes[0]
    return study


def read_study(name: str) -> tuple[Study | None, list[UserError]]:
    """The study as far as it can be read, and every mistake. Raises UserError when there is no such file."""
    if not name.endswith(SUFFIX) and name not in study_files():
        raise UserError(f'study "{name}" not found', cure=nearest(name, study_files()) or "name a .yaml file")
    file = find(KIND, SUFFIX, name)
    shown = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    try:
        data, line_of = parse_yaml(read_text(file.path), name=shown)
    except UserError as error:
        return None, [error]
    mistakes = list(_format_mistakes(data, shown, line_of))
    if mistakes:
        return None, mistakes
    study = checked(data, Study, name=shown, line_of=line_of)
    return study, list(_meaning_mistakes(study, shown, line_of))


def simulated_study(study: Study) -> Study:
    """The same protocol under an id of its own, for simulated participants."""
    return msgspec.structs.replace(study, id=f"{study.id}-simulated")


def write_example(target: Path) -> None:
    """The shipped study with its comments, under the new file's name as its id. Raises UserError."""
    text = read_text(shipped_folder(KIND) / f"{EXAMPLE}{SUFFIX}")
    text = text.replace(f"id: {EXAMPLE}", f"id: {target.stem}", 1)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UserError("is there already", place=str(target), cure="choose another name") from error
    except OSError as error:
        raise UserError(error.strerror or "cannot be written", place=str(target), cure="choose a folder") from error


def _format_mistakes(data: object, name: str, line_of: LineOf) -> Iterator[UserError]:
    """One for each key at the top that is wrong or missing."""
    if not isinstance(data, dict):
        yield UserError("holds no keys", place=name, cure="begin with `voice-agent study new FILE`")
        return
    for key, value in data.items():
        try:
            checked(_PLAIN | {key: value}, Study, name=name, line_of=line_of)
        except UserError as error:
            yield error
    for field in msgspec.structs.fields(Study):
        if field.required and field.encode_name not in data:
            yield UserError(f'"{field.encode_name}" is missing', place=f"{name}:1", cure="add it")


def _meaning_mistakes(study: Study, name: str, line_of: LineOf) -> Iterator[UserError]:
    def at(*path: str | int) -> str:
        lines = (line_of(path[:depth]) for depth in range(len(path), 0, -1))
        return f"{name}:{next((line for line in lines if line), 1)}"

    arms = [arm.id for arm in study.arms]
    yield from _twice(arms, "arms", at)
    if study.control not in arms:
        yield UserError(
            f'control: "{study.control}" is no arm', place=at("control"), cure=nearest(study.control, arms)
        )
    measures = [item.id for item in items_of(study.measures)]
    if not measures:
        yield UserError("measures: nothing is asked", place=at("measures"), cure="add presets, or items of your own")
    for twice in sorted({one for one in measures if measures.count(one) > 1}):
        yield UserError(f'measures: "{twice}" is asked twice', place=at("measures"), cure="give it another id")
    if SKILL in measures:
        yield UserError(f'measures: "{SKILL}" is the rating of turns', place=at("measures"), cure="choose another id")
    if study.primary not in (SKILL, *measures):
        cure = nearest(study.primary, [SKILL, *measures])
        yield UserError(f'primary: "{study.primary}" is not measured', place=at("primary"), cure=cure)
    for number, item in enumerate(study.measures.items, start=1):
        if item.low >= item.high:
            where = at("measures", "items", number - 1, "high")
            yield UserError(f"measures.items[{number}]: high is not above low", place=where, cure="change one")
    yield from _phase_mistakes(study, at)
    yield from _randomisation_mistakes(study, at)
    try:
        load_pipeline(study.pipeline)
    except UserError as error:
        yield UserError(f"pipeline: {error.cause}", place=at("pipeline"), cure=error.cure)
    yield from _twice(study.sites, "sites", at)


def _phase_mistakes(study: Study, at: Any) -> Iterator[UserError]:
    trained: set[str] = set()
    hardest = 0
    for phase in Phase:
        for place, scenario in enumerate(study.phases.of(phase)):
            where, field = at("phases", phase.value, place), f"phases.{phase.value}[{place + 1}]"
            try:
                read = load_scenario(scenario)
            except UserError as error:
                yield UserError(f"{field}: {error}", place=where)
                continue
            if phase is Phase.TRAINING:
                trained.add(read.id)
                hardest = max(hardest, read.difficulty)
            elif phase is Phase.PRACTISED and read.id not in trained:
                yield UserError(f"{field}: {read.id} is not trained", place=where, cure="choose one of training")
            elif phase in (Phase.TRANSFER_NEW, Phase.TRANSFER_HARDER) and read.id in trained:
                yield UserError(
                    f"{field}: {read.id} is trained, so it is not new", place=where, cure="choose another"
                )
            elif phase is Phase.TRANSFER_HARDER and study.difficulty is None and read.difficulty <= hardest:
                yield UserError(
                    f"{field}: {read.id} has difficulty {read.difficulty}, training has {hardest}",
                    place=where,
                    cure="choose a harder one",
                )
    if study.primary == SKILL and not study.phases.baseline:
        yield UserError(
            "phases: skill is primary, and there is no baseline to compare with",
            place=at("phases"),
            cure="add a baseline",
        )
    if study.primary == SKILL and not any(study.phases.of(phase) for phase in list(Phase)[2:]):
        yield UserError(
            "phases: skill is primary, and it is not tested after training",
            place=at("phases"),
            cure="add practised, transfer_new or transfer_harder",
        )


def _randomisation_mistakes(study: Study, at: Any) -> Iterator[UserError]:
    places = sum(arm.weight for arm in study.arms)
    for number, size in enumerate(study.randomisation.block_sizes):
        if size % places:
            yield UserError(
                f"randomisation.block_sizes[{number + 1}]: {size} places can't be shared among weights that sum to"
                f" {places}",
                place=at("randomisation", "block_sizes", number),
                cure=f"choose multiples of {places}",
            )
    if "site" in study.randomisation.strata:
        yield UserError(
            'randomisation.strata: "site" is a stratum by itself',
            place=at("randomisation", "strata"),
            cure="remove it",
        )


def _twice(ids: Any, field: str, at: Any) -> Iterator[UserError]:
    for place, one in enumerate(ids):
        if one in ids[:place]:
            yield UserError(f'{field}[{place + 1}]: "{one}" stands twice', place=at(field, place), cure="rename one")


def warnings_of(study: Study) -> list[str]:
    """What is allowed, and worth a thought."""
    found = []
    if study.randomisation.seed is not None:
        found.append(
            "randomisation.seed stands in the file: who reads it knows the list. Left out, a secret one is drawn."
        )
    if len(set(study.randomisation.block_sizes)) == 1:
        found.append("all blocks have one size: the last arms of a block can be guessed. Give two sizes or more.")
    return found


def changed_fields(before: Study, after: Study) -> list[str]:
    """Keys that differ and may not, once participants are enrolled; a new consent text needs a new version."""
    free = {"title", "thanks"}
    if before.consent.version != after.consent.version:
        free.add("consent")
    names: list[str] = [field.name for field in msgspec.structs.fields(Study)]
    return [name for name in names if name not in free and getattr(before, name) != getattr(after, name)]
