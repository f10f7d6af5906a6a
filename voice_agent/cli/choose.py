"""A situation chosen line by line: search, look closer, tell one's own, take."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voice_agent.errors import UserError
from voice_agent.scenario import Scenario

HELP = (
    "A number or an id begins the talk. Words search: a person, work, family, social, services, a skill, or "
    "difficulty 3. show 5 tells more about one; all shows all again; own asks for your own situation; q leaves."
)


def choose_in_lines(
    scenarios: Sequence[Scenario],
    recent: Sequence[str],
    *,
    ask: Callable[[str], str],
    tell: Callable[[str], None],
    tell_own: Callable[[], str],
) -> str | None:
    """The chosen situation's id; None when the learner leaves.

    recent: ids that were practised, newest first; they stand first. tell_own: asks for an own situation and keeps
    it; gives its id. Raises UserError.
    """
    order = {name: place for place, name in enumerate(recent)}
    everything = sorted(scenarios, key=lambda one: order.get(one.id, len(order)))
    shown = everything
    _list(shown, recent, tell)
    while True:
        answer = ask("Number, id or words; help").strip()
        word, _, rest = answer.lower().partition(" ")
        if word in ("q", "quit"):
            return None
        if word in ("help", "?", ""):
            tell(HELP)
        elif word == "all":
            shown = everything
            _list(shown, recent, tell)
        elif word == "own" and not rest:
            try:
                return tell_own()
            except UserError as error:
                tell(f"{error}.")
        elif word == "show" and (one := _named(rest, shown, everything)) is not None:
            _about(one, tell)
        elif (one := _named(answer.lower(), shown, everything)) is not None:
            return one.id
        elif found := [one for one in everything if all(one.fits(part) for part in _words(answer.lower()))]:
            shown = found
            _list(shown, recent, tell)
        else:
            tell(f"Nothing fits. {HELP}")


def _words(answer: str) -> list[str]:
    """`difficulty 3` searches for the number alone: one that stands by itself is a place in the list."""
    return [word for word in answer.split() if word != "difficulty"]


def _named(answer: str, shown: Sequence[Scenario], everything: Sequence[Scenario]) -> Scenario | None:
    if answer.isdigit():
        return shown[int(answer) - 1] if 1 <= int(answer) <= len(shown) else None
    return next((one for one in everything if one.id == answer), None)


def _list(shown: Sequence[Scenario], recent: Sequence[str], tell: Callable[[str], None]) -> None:
    tell(f"Situations: {len(shown)}.")
    for number, one in enumerate(shown, start=1):
        again = ", practised" if one.id in recent else ""
        tell(f"{number}. {one.title} ({one.domain.value}, difficulty {one.difficulty}{again})")


def _about(one: Scenario, tell: Callable[[str], None]) -> None:
    """What is known before the talk."""
    tell(f"{one.title}. {one.summary}")
    tell(f"You talk with {one.partner.name}, {one.partner.relationship}.")
    tell(f"Your goal: {one.learner.goal}")
    if one.practises:
        tell(f"Good for: {', '.join(skill.full_name for skill in one.practises)}.")
    for fact in one.learner.facts:
        tell(f"You know: {fact}")
