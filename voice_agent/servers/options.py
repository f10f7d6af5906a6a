"""Which server, and whether it is this machine: the options that every stage on a server has."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from voice_agent.errors import UserError

OPENAI = "https://api.openai.com/v1"
KEY_RING_SERVICE = "voice-agent"


class ServerOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Options of a stage on a server that speaks the OpenAI protocol."""

    base_url: str = ""
    """Address of the server's `/v1`; empty: the variable OPENAI_BASE_URL, else OpenAI's own."""
    key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key. Servers on this machine need none."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=5)] = 1
    """Further tries while nothing has arrived."""

    def __post_init__(self) -> None:
        # What is wrong is told without its value: it may be a key.
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", self.key_variable):
            raise ValueError("key_variable is no variable's name; name the variable that holds the key, not the key")
        if self.base_url:
            url = urlsplit(self.base_url)
            if url.scheme not in ("http", "https") or not url.hostname:
                raise ValueError("base_url is no web address; begin it with http:// or https://")
            if url.username or url.password or url.query:
                raise ValueError("base_url holds a password or a key; put it into the variable of key_variable")

    @property
    def address(self) -> str:
        return self.base_url or os.environ.get("OPENAI_BASE_URL", "") or OPENAI

    @property
    def shown_address(self) -> str:
        """The address for messages, without a password that OPENAI_BASE_URL may hold."""
        url = urlsplit(self.address)
        port = f":{url.port}" if url.port else ""
        return f"{url.scheme}://{url.hostname}{port}{url.path}"

    @property
    def host(self) -> str:
        """Where the words go, for the badge on the screen."""
        return urlsplit(self.address).hostname or self.address

    @property
    def is_local(self) -> bool:
        """Whether the server runs on this machine."""
        host = self.host
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def key(self) -> str:
        """Raises UserError when a server elsewhere needs a key and there is none."""
        key = os.environ.get(self.key_variable, "") or _from_key_ring(self.key_variable)
        if not key and not self.is_local:
            raise UserError(
                f"no key for {self.host}",
                place="server",
                cure=f"set the environment variable {self.key_variable}, or choose a server on this machine",
            )
        return key or "none"


def _from_key_ring(name: str) -> str:
    """A key kept by the desktop's key ring, where the `keyring` package is installed."""
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEY_RING_SERVICE, name) or ""
    except Exception:  # noqa: BLE001 - a locked or broken key ring is like none
        return ""
