"""The language model of a pipeline as the teller of a debrief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.tui.wishes import Teller

if TYPE_CHECKING:
    from voice_agent.pipeline_plan import PipelinePlan
    from voice_agent.review.debrief import Debrief
    from voice_agent.sessions.story import Story


def teller_of(plan: PipelinePlan) -> Teller | None:
    """None where the pipeline's coach is no chat server. Raises UserError."""
    from voice_agent.chat.options import ChatOptions
    from voice_agent.pipeline.stages import stage_options
    from voice_agent.review.narrator import open_narrator

    _, options = stage_options(plan, "advisor")
    if not isinstance(options, ChatOptions):
        return None

    async def tell(told: Debrief, story: Story) -> Debrief:
        narrator = open_narrator(plan)
        assert narrator is not None
        try:
            return await narrator.tell(told, story)
        finally:
            await narrator.close()

    return Teller(options.model_name, None if options.is_local else options.host, tell)
