"""A trial's data as tidy CSV files with a codebook. No names; words that were said only when they are asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voice_agent.dearman import Skill
from voice_agent.errors import UserError
from voice_agent.events import EndReason
from voice_agent.review.table import guarded
from voice_agent.study.dataset import Dataset
from voice_agent.study.outcomes import measures_of, skill_of
from voice_agent.study.protocol import Phase, Study, When
from voice_agent.study.questionnaire import items_of


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one file, and its line in the codebook."""

    name: str
    what: str
    values: str
    """Unit and range."""
    source: str
    get: Callable[[Any], Any]


def write_export(data: Dataset, folder: Path, *, seed: str, with_words: bool) -> list[Path]:
    """The files written, readable by the user alone. seed: of the list of arms. Raises UserError."""
    files = {name: _csv(columns, rows) for name, (columns, rows) in tables_of(data, with_words=with_words).items()}
    files["codebook.csv"] = _codebook_csv(data, with_words=with_words)
    files["codebook.md"] = _codebook_page(data, seed, with_words=with_words)
    written = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            path.touch(mode=0o600, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be written", place=str(error.filename or folder), cure="choose another folder"
        ) from error
    return written


Table = tuple[Sequence[Column], Sequence[Any]]


def tables_of(data: Dataset, *, with_words: bool = False) -> dict[str, Table]:
    """Columns and rows of each file."""
    return {
        "participants.csv": (_participant_columns(data.study), data.participants),
        "questionnaires.csv": (_answer_columns(data.study), data.answers),
        "rehearsals.csv": (_rehearsal_columns(data.study), data.rehearsals),
        "turns.csv": (_turn_columns(data.study, with_words=with_words), data.turns),
    }


_CODE = Column("code", "participant", "code", "drawn at enrolment", lambda row: row.code)
_LOG = "the program's record"


def _arm(study: Study) -> Column:
    told = ", ".join(f"{arm.id} ({arm.title})" for arm in study.arms)
    return Column("arm", "arm that was drawn; empty before randomisation", told, "list of arms", lambda row: row.arm)


def _stratum(name: str) -> Callable[[Any], Any]:
    return lambda row: row.strata.get(name)


def _nth(field: str, place: int) -> Callable[[Any], Any]:
    return lambda row: getattr(row, field)[place]


def _truth(name: str, what: str, get: Callable[[Any], bool], source: str = _LOG) -> Column:
    return Column(name, what, "1 yes, 0 no", source, lambda row: int(get(row)))


def _participant_columns(study: Study) -> list[Column]:
    strata = [
        Column(
            name,
            "stratum of the randomisation",
            ", ".join(values),
            "told at enrolment",
            _stratum(name),
        )
        for name, values in study.randomisation.strata.items()
    ]
    return [
        _CODE,
        Column("site", "where they take part", ", ".join(study.sites), "told at enrolment", lambda row: row.site),
        *strata,
        _truth("consented", "agreed to take part", lambda row: row.consented, "participant"),
        Column(
            "consent_version", "version of the text", "as in the study file", _LOG, lambda row: row.consent_version
        ),
        _truth("randomised", "got an arm; all who did are analysed", lambda row: row.randomised),
        _arm(study),
        _truth("finished", "took all steps", lambda row: row.finished),
        _truth("withdrawn", "left the study", lambda row: row.withdrawn),
        _truth("data_deleted", "had their data deleted on leaving", lambda row: row.data_deleted),
        Column("days", "from randomisation to the last answer", "days", _LOG, lambda row: row.days),
    ]


def _answer_columns(study: Study) -> list[Column]:
    items = items_of(study.measures)
    return [
        _CODE,
        _arm(study),
        Column("visit", "which visit", f"1 to {study.sessions}", _LOG, lambda row: row.visit),
        Column("occasion", "when it was asked", ", ".join(When), _LOG, lambda row: row.occasion.value),
        Column(
            "measure", "what was asked", ", ".join(item.id for item in items), "study file", lambda row: row.measure
        ),
        Column(
            "value", "the answer; empty where there is none", "see the measures", "participant", lambda row: row.value
        ),
        Column("status", "why it may be empty", "answered, skipped, not_reached", _LOG, lambda row: row.status),
    ]


def _place_columns(study: Study) -> list[Column]:
    return [
        _CODE,
        _arm(study),
        Column("visit", "which visit", f"1 to {study.sessions}", _LOG, lambda row: row.visit),
        Column("phase", "what the rehearsal was for", ", ".join(Phase), "study file", lambda row: row.phase.value),
        Column("number", "which rehearsal of the phase", "from 1", "study file", lambda row: row.number),
        Column("scenario", "the situation's id", "id", "study file", lambda row: row.scenario),
    ]


def _rehearsal_columns(study: Study) -> list[Column]:
    return [
        *_place_columns(study),
        Column("difficulty", "at the end; the participant may lower it", "1 to 5", _LOG, lambda row: row.difficulty),
        Column("mode", "how turns reached the partner", "flow, gate", _LOG, lambda row: row.mode),
        _truth("feedback", "ratings and advice were shown", lambda row: row.feedback),
        Column("turns", "turns that stand", "count", _LOG, lambda row: row.turns),
        Column("retakes", "turns that replaced another", "count", _LOG, lambda row: row.retakes),
        Column("length_s", "breaks left out", "seconds", "the program's clock", lambda row: row.length_s),
        Column("breaks", "times it was stopped and resumed", "count", _LOG, lambda row: row.breaks),
        Column("reason", "why it ended; empty where it did not", ", ".join(EndReason), _LOG, lambda row: row.reason),
        Column("distress", "turns that sounded hard for them", "count", "cue words", lambda row: row.distress),
    ]  # fmt: skip


def _turn_columns(study: Study, *, with_words: bool) -> list[Column]:
    columns = [
        *_place_columns(study),
        Column("turn", "place in the rehearsal", "from 1", _LOG, lambda row: row.turn),
        _truth("first_try", "own words, no second try; these make the skill", lambda row: row.first_try),
        _truth("stands", "answered and not taken back", lambda row: row.stands),
        _truth("typed", "typed, else spoken", lambda row: row.typed),
        Column("words", "length", "words", "recognizer or keyboard", lambda row: row.words),
        Column(
            "at_s", "when it was over", "seconds since the run began", "the program's clock", lambda row: row.at_s
        ),
    ]
    for place, skill in enumerate(Skill):
        columns.append(_level(f"{skill.value}_machine", skill, "rater of the pipeline", _nth("machine", place)))
    for place, skill in enumerate(Skill):
        columns.append(_level(f"{skill.value}_experts", skill, "mean of the experts, blind", _nth("experts", place)))
    columns += [
        _skill("skill_machine", "rater of the pipeline", by_experts=False),
        _skill("skill_experts", "experts, blind", by_experts=True),
        Column("raters", "experts who rated it", "count", "ratings", lambda row: row.raters),
        Column("resistance", "of the partner, after it", "0 won over to 10 shut", "rule", lambda row: row.resistance),
    ]
    if with_words:
        columns += [
            Column("partner_line", "what the partner said before", "text", "partner", lambda row: row.partner_line),
            Column("said", "the participant's words", "text", "recognizer or keyboard", lambda row: row.said),
        ]
    return columns


def _level(name: str, skill: Skill, source: str, get: Callable[[Any], Any]) -> Column:
    return Column(name, f"level of {skill.full_name}", "0 none, 1 weak, 2 strong", source, get)


def _skill(name: str, source: str, *, by_experts: bool) -> Column:
    def get(row: Any) -> float | None:
        share = skill_of(row, by_experts=by_experts)
        return None if share is None else round(share, 2)

    return Column(name, "mean of the seven levels", "0 to 100, per cent of the highest", source, get)


def _csv(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([guarded(column.get(row)) for column in columns] for row in rows)
    return out.getvalue()


def _codebook_csv(data: Dataset, *, with_words: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["file", "column", "what", "values", "source"])
    for file, (columns, _) in tables_of(data, with_words=with_words).items():
        writer.writerows([file, one.name, one.what, one.values, one.source] for one in columns)
    for item in items_of(data.study.measures):
        scale = f"{item.low} ({item.low_word}) to {item.high} ({item.high_word}); better is {item.better.value}"
        writer.writerow(["questionnaires.csv", f"measure={item.id}", item.question, scale, "participant"])
    return out.getvalue()


def _codebook_page(data: Dataset, seed: str, *, with_words: bool) -> str:
    study = data.study
    lines = [f"# Codebook: {study.title}", ""]
    if data.simulated:
        lines += ["**Simulated participants: a check of the analysis, not evidence.**", ""]
    lines += [f"Study `{study.id}`. Empty cells are missing values.", ""]
    for file, (columns, rows) in tables_of(data, with_words=with_words).items():
        lines += [
            f"## {file} ({len(rows)} rows)",
            "",
            "| column | what | values | source |",
            "| --- | --- | --- | --- |",
        ]
        lines += [f"| {one.name} | {one.what} | {one.values} | {one.source} |" for one in columns]
        lines.append("")
    lines += ["## Measures", "", "| measure | question | scale | better |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {item.id} | {item.question} | {item.low} ({item.low_word}) to {item.high} ({item.high_word}) | "
        f"{item.better.value} |"
        for item in items_of(study.measures)
    ]
    points = ", ".join(dict.fromkeys(point for measure in measures_of(study) for point in measure.points))
    lines += [
        "",
        "Skill is the mean over the first tries of a phase of `skill_machine` or `skill_experts`. Measures are"
        f" compared with the first `pre` (skill: the baseline) at: {points}.",
        "",
        f"The list of arms was drawn from the seed `{seed}`.",
        "",
    ]
    return "\n".join(lines)
