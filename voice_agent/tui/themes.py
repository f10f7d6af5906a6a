"""The app's colours. Text stands at least 4.5 to 1 against its background (WCAG 2 AA; a test checks it)."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="calm-dark",
    primary="#8ab4c8",
    secondary="#a9b8a0",
    accent="#e0b978",
    foreground="#e6e6e0",
    background="#16191c",
    surface="#1d2226",
    panel="#242a2f",
    success="#9ccf9a",
    warning="#e5c07b",
    error="#f0a0a0",
    dark=True,
)
LIGHT = Theme(
    name="calm-light",
    primary="#1f5a73",
    secondary="#4a5d3f",
    accent="#7a4b00",
    foreground="#1b1f22",
    background="#faf9f5",
    surface="#f1efe8",
    panel="#e6e3d9",
    success="#1f6b2a",
    warning="#7a4b00",
    error="#9b1c1c",
    dark=False,
)
CONTRAST = Theme(
    name="high-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff9999",
    dark=True,
)
THEMES = (DARK, LIGHT, CONTRAST)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours like `#1f5a73`, from 1 to 21."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        value = channel / 255
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
