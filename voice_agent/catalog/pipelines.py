"""Reads pipelines: `pipelines/*.toml`, shipped and the user's own."""

from __future__ import annotations

from voice_agent.catalog.checked import checked
from voice_agent.catalog.data_files import DataFile, data_files, find, read_text
from voice_agent.catalog.toml_lines import parse_toml
from voice_agent.errors import UserError
from voice_agent.pipeline_plan import PipelinePlan

KIND, SUFFIX = "pipelines", ".toml"
DEFAULT_PIPELINE = "offline"


def pipeline_files() -> dict[str, DataFile]:
    return data_files(KIND, SUFFIX)


def load_pipeline(name: str) -> PipelinePlan:
    """The pipeline of this id, or in this file. Raises UserError naming file, line and field."""
    file = find(KIND, SUFFIX, name)
    shown = str(file.path) if file.is_users else f"{KIND}/{file.path.name}"
    data, line_of = parse_toml(read_text(file.path), name=shown)
    plan = checked(data, PipelinePlan, name=shown, line_of=line_of)
    if plan.id != file.id:
        raise UserError(
            f'id is "{plan.id}", the file is called "{file.id}"',
            place=f"{shown}:{line_of(('id',)) or 1}",
            cure="make them the same",
        )
    return plan
