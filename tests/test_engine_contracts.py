"""Partners, raters, advisors and voice activity: each shipped engine keeps the contract that others can run."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.fakes.chat_server import Reply, chat_server, streamed
from voice_agent.conversation import ReplyPart
from voice_agent.dearman import Skill
from voice_agent.partner.protocols import Partner
from voice_agent.registry import engine, engine_names
from voice_agent.testing import advisor, partner, rater, voice_activity
from voice_agent.testing.claims import BrokenContractError

pytestmark = [pytest.mark.loopback, pytest.mark.timeout(240)]


partner.scenario()  # read once, outside of any event loop


def opened(stage: str, name: str, *arguments: object, **options: object) -> Any:
    spec = engine(stage, name)
    return spec.open(spec.options(**options), *arguments)


def actor(request: dict[str, Any]) -> Reply:
    """A model that writes another sentence each time."""
    rng = random.Random(json.dumps(request["messages"]) + str(request.get("seed")))
    words = rng.sample(
        [
            "late",
            "tired",
            "kitchen",
            "morning",
            "shift",
            "quiet",
            "plate",
            "sleep",
            "busy",
            "week",
            "again",
            "later",
            "floor",
            "door",
        ],
        6,
    )
    return Reply(streamed(f"I had a {' and '.join(words)} kind of day. Not now."))


def coach(request: dict[str, Any]) -> Reply:
    """A model that follows the schema and quotes what it was told."""
    told, more = request["messages"][1]["content"].split("\n", 1)
    said = json.loads(told)["learner_said"]
    wanted = json.loads(more)
    words = "Your pans stood in the sink this morning."
    if wanted.get("do_not_suggest_again") == words:
        words = "The plates from your dinner were here at seven."
    answer = {
        "reasoning": "describe: judges",
        "levels": dict.fromkeys(Skill, 1),
        "next_skill": "describe",
        "skill": wanted.get("the_learner_meant_to_use", "describe"),
        "reason": f'"{" ".join(said.split()[:4])}" can be argued with; say the day.',
        "words": words,
    }
    return Reply(streamed(json.dumps(answer)))


@asynccontextmanager
async def partner_named(name: str) -> AsyncIterator[Partner]:
    async with chat_server(actor) as server:
        options = {"base_url": server.url, "model": "m"} if name == "openai" else {}
        one: Partner = await asyncio.to_thread(opened, "partner", name, partner.scenario(), **options)
        yield one
        await one.close()


@pytest.mark.parametrize("check", partner.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", engine_names("partner"))
async def test_every_partner_keeps_its_contract(name: str, check: partner.Check) -> None:
    async with partner_named(name) as one:
        await check(one)


@pytest.mark.parametrize("check", rater.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", engine_names("rater"))
def test_every_rater_keeps_its_contract(name: str, check: rater.Check) -> None:
    check(opened("rater", name))


@pytest.mark.parametrize("check", advisor.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", engine_names("advisor"))
async def test_every_advisor_keeps_its_contract(name: str, check: advisor.Check) -> None:
    async with chat_server(coach) as server:
        options = {"base_url": server.url, "model": "m"} if name == "openai" else {}
        one = await asyncio.to_thread(opened, "advisor", name, **options)
        await check(one)
        await one.close()


@pytest.mark.parametrize("check", voice_activity.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", engine_names("voice_activity"))
def test_every_voice_activity_keeps_its_contract(name: str, check: voice_activity.Check) -> None:
    check(opened("voice_activity", name))


async def test_a_partner_that_breaks_its_role_is_told_which_claim_it_broke() -> None:
    class Denier:
        name = "denier"

        async def reply(self, moment: object) -> AsyncIterator[ReplyPart]:
            yield ReplyPart(text="Of course I am a human being.")

        async def close(self) -> None: ...

    with pytest.raises(BrokenContractError, match="never passes for a person"):
        await partner.asked_in_earnest_it_says_that_it_is_a_program(Denier())  # type: ignore[arg-type]
    with pytest.raises(BrokenContractError, match="not said again"):
        await partner.a_line_is_not_said_twice(Denier())  # type: ignore[arg-type]


def test_a_detector_that_always_says_yes_is_found_out() -> None:
    class Always:
        def is_speech(self, samples: object) -> bool:
            return True

        def reset(self) -> None: ...

    with pytest.raises(BrokenContractError, match="silence is no voice"):
        voice_activity.silence_and_a_still_room_are_no_voice(Always())
