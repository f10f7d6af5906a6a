"""`voice-agent scenarios enrich`: a chat server fills out an own situation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from voice_agent.chat.options import ChatOptions
    from voice_agent.partner.scenario_writer import Written
    from voice_agent.scenario import Scenario


def enrich(
    scenario: Annotated[str, typer.Argument(metavar="ID", help="One of your own situations.")],
    pipeline: Annotated[
        str | None, typer.Option(help="The chat server of this pipeline's partner writes; else of yours.")
    ] = None,
) -> None:
    """Let a language model fill out your own situation: the person's manner and fears, and lines to say.

    What you told stays as you told it. What is written is kept only where a person would say it and nothing in it is
    invented. voice-agent scenarios enrich sam-the-dishes --pipeline local
    """
    import yaml

    from voice_agent.catalog.data_files import find, read_text
    from voice_agent.catalog.own_scenarios import as_yaml
    from voice_agent.catalog.scenarios import KIND, SUFFIX, parse_scenario, read_scenario
    from voice_agent.errors import UserError
    from voice_agent.folders import write_private
    from voice_agent.partner.coverage import gaps
    from voice_agent.partner.scenario_writer import filled_out

    file = find(KIND, SUFFIX, scenario)
    if not file.is_users:
        raise UserError(
            "is a shipped situation", place=scenario, cure=f"copy it: voice-agent scenarios new ID --like {scenario}"
        )
    options = _server_options(pipeline)
    found = read_scenario(file)
    leaves = "" if options.is_local else "What you told of this situation leaves this machine. "
    typer.echo(f"{leaves}{options.model_name} on {options.host} writes; that may take some minutes.", err=True)
    written = asyncio.run(_written(options, found))
    text = as_yaml(filled_out(yaml.safe_load(read_text(file.path)), written))
    after = parse_scenario(text, name=str(file.path), stem=file.id)
    write_private(file.path, text.encode())
    typer.echo(
        f"{len(written.lines)} lines added, {written.left_out} left out; {len(after.lines)} in all: {file.path}"
    )
    if thin := gaps(after):
        typer.echo(f"Still thin: {', '.join(thin)}. The shared lines of every partner fill in.")


def _server_options(pipeline: str | None) -> ChatOptions:
    from voice_agent.catalog.chosen import chosen_pipeline
    from voice_agent.chat.options import ChatOptions
    from voice_agent.errors import UserError
    from voice_agent.pipeline.stages import stage_options

    plan = chosen_pipeline(pipeline)
    _, options = stage_options(plan, "partner")
    if not isinstance(options, ChatOptions):
        raise UserError(
            f'the partner of pipeline "{plan.id}" is no chat server', cure="choose another, such as --pipeline local"
        )
    return options


async def _written(options: ChatOptions, scenario: Scenario) -> Written:
    import msgspec

    from voice_agent.chat.server import ChatServer
    from voice_agent.errors import EngineError
    from voice_agent.partner.scenario_writer import COMPONENT, ScenarioWriter

    # A whole situation takes a model longer than one answer in a talk.
    patient = msgspec.structs.replace(options, first_token_s=60.0, next_token_s=30.0, whole_s=240.0, retries=0)
    writer = ScenarioWriter(ChatServer(patient, component=COMPONENT))
    try:
        return await writer.write(scenario)
    except EngineError as error:
        cure = f"{error.cure}. Your situation stays as it is."
        raise EngineError(error.component, error.cause, cure=cure) from error
    finally:
        await writer.close()
