"""A cue card, and what was so after a real talk, as a page: text, Markdown, or an HTML file that prints well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voice_agent.conversation import Reading
from voice_agent.dearman import Level, Skill
from voice_agent.review.html import template
from voice_agent.review.markdown import text as escaped
from voice_agent.sessions.real_talk import CueCard, DiaryEntry, Preparation, RealTalk


class PaperForm(StrEnum):
    """What a page can be written as."""

    TEXT = "txt"
    MARKDOWN = "md"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, and what stands under it."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    note: str
    parts: tuple[Part, ...]


def page_of(entry: DiaryEntry) -> Page:
    """Only what the learner chose or told; what was left out is not there."""
    when = entry.began.astimezone().strftime("%Y-%m-%d %H:%M")
    if isinstance(entry, Preparation):
        return Page(entry.title, f"For the talk with {entry.partner}. {when}.", tuple(_card(entry.card)))
    return Page(entry.title, f"The real talk with {entry.partner}, told {when}.", tuple(_talk(entry)))


def as_text(page: Page) -> str:
    parts = [f"{part.heading}\n" + "\n".join(f"  {line}" for line in part.lines) for part in page.parts]
    return "\n\n".join([f"{page.title}\n{page.note}", *parts]) + "\n"


def as_markdown(page: Page) -> str:
    parts = [
        f"## {escaped(part.heading)}\n\n" + "\n\n".join(f"> {escaped(line)}" for line in part.lines)
        for part in page.parts
    ]
    return "\n\n".join([f"# {escaped(page.title)}\n\n{escaped(page.note)}", *parts]) + "\n"


def as_html(page: Page) -> str:
    return template("paper.html.j2").render(page=page)


def written(entry: DiaryEntry, form: PaperForm) -> str:
    """The page in a form."""
    page = page_of(entry)
    return {PaperForm.TEXT: as_text, PaperForm.MARKDOWN: as_markdown, PaperForm.HTML: as_html}[form](page)


def _card(card: CueCard) -> list[Part]:
    parts = [("I begin", card.opening), ("I ask", card.ask), ("I offer", card.offer)]
    parts += [(f"When I hear: {one.theirs}", one.yours) for one in card.answers]
    parts.append(("I come back to", card.anchor))
    return [Part(heading, (line,)) for heading, line in parts if line]


def _talk(talk: RealTalk) -> list[Part]:
    parts: list[Part | None] = []
    if talk.check_in is not None:
        felt = [f"{feeling.value} {strength} of 10" for feeling, strength in talk.check_in.feelings.items()]
        if talk.check_in.self_efficacy is not None:
            felt.insert(0, f"confidence {talk.check_in.self_efficacy} of 100")
        parts.append(Part("How it feels now", (", ".join(felt),)) if felt else None)
    said = tuple(f"{'I' if line.is_learners else talk.partner}: {line.text}" for line in talk.lines)
    parts.append(Part("What was said, as remembered", said) if said else None)
    if talk.rated:
        levels = tuple(
            f"{text}: {', '.join(_strong(reading) or ['nothing strong yet'])}" for text, reading in talk.rated
        )
        parts.append(Part("What was strong in my turns, rated from memory", levels))
    parts.append(Part("What worked", (talk.worked,)) if talk.worked else None)
    parts.append(Part("What I would do otherwise", (talk.otherwise,)) if talk.otherwise else None)
    return [part for part in parts if part is not None]


def _strong(reading: Reading) -> list[str]:
    return [skill.full_name for skill in Skill if reading.ratings.level(skill) is Level.STRONG]
