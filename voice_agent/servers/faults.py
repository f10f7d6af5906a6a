"""Every way in which a server fails, as one sentence with a cure; and how long to wait before another try."""

from __future__ import annotations

import random

from voice_agent.errors import EngineError
from voice_agent.servers.options import ServerOptions

_BACKOFF_S = 0.4


class PassingError(EngineError):
    """A failure that may be over at the next try."""


def backoff_s(attempt: int) -> float:
    """Seconds before the try after this one (counted from 0), doubled each time.

    With jitter: many clients that failed together must not come back together.
    """
    return _BACKOFF_S * 2.0**attempt * (0.5 + random.random())


def told(error: Exception, component: str, options: ServerOptions, model: str) -> EngineError:
    """What an exception of the `openai` client means: PassingError where another try may help.

    component: the stage that asked. What the server wrote stays out of it.
    """
    import openai

    host = options.host
    status = getattr(error, "status_code", None)
    cause, cure, passing = f"{host} sent an answer that can't be read", "check the server", False
    if isinstance(error, openai.APITimeoutError):
        cause, cure, passing = f"{host} did not answer in time", "check the server, or choose a faster model", True
    elif isinstance(error, openai.APIConnectionError):
        cause, cure, passing = f"{host} can't be reached", f"start the server at {options.shown_address}", True
    elif status in (401, 403):
        cause = f"{host} refused the key"
        cure = f"set the environment variable {options.key_variable} to a key that it takes"
    elif status == 404:
        cause, cure = f'{host} knows no model "{model}"', "choose a model that the server has"
    elif status == 429:
        cause, cure, passing = (
            f"{host} has no capacity for this key now",
            "wait a moment, or check its limits",
            True,
        )
    elif isinstance(status, int) and status >= 500:
        cause, cure, passing = f"{host} failed ({status})", "check the server, or try again", True
    elif isinstance(status, int):
        cause, cure = f"{host} refused the request ({status})", "check the model's name and the server's version"
    elif type(error).__module__.startswith("httpx"):
        cause, cure, passing = f"{host} broke off its answer", "check the server", True
    return (PassingError if passing else EngineError)(component, cause, cure=cure)
