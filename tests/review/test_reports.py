"""Reports: whole, readable by everyone, without script, and with no more in them than was recorded or shared."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import html5lib
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenes import situation
from tests.sessions.stories import Script, whole_talk
from voice_agent.catalog.scenarios import load_scenario
from voice_agent.events import CheckInTime, Stamped
from voice_agent.prosody import Prosody
from voice_agent.review.html import html
from voice_agent.review.markdown import markdown
from voice_agent.review.redaction import Redactor, redactor_for
from voice_agent.review.report import Report, report_of, shared_report_of
from voice_agent.review.table import COLUMNS, table
from voice_agent.sessions.story import story_of
from voice_agent.tui.themes import contrast

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def report(stamped: list[Stamped] | None = None, **wishes: Any) -> Report:
    return report_of(story_of(stamped or whole_talk()), guesses=wishes.get("guesses", {}))


def page(text: str) -> ElementTree.Element:
    """The page, parsed strictly: any error of the HTML standard fails."""
    parsed: ElementTree.Element = html5lib.HTMLParser(strict=True).parse(text)
    return parsed


def words_of(element: ElementTree.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_the_page_is_valid_and_tells_the_whole_session() -> None:
    text = html(report(guesses={"fear": "that I leave"}))
    told = words_of(page(text))
    for wanted in (
        "you always leave your plates",
        "Which evenings do you mean?",
        "You guessed: that I leave",
        "being thought of as the bad roommate again",
        "Confidence",
        "You could say: What would work for you?",
    ):
        assert wanted in told


def test_the_page_runs_no_script_and_fetches_nothing() -> None:
    tree = page(html(report()))
    for element in tree.iter():
        tag = str(element.tag).rpartition("}")[2]
        assert tag not in ("script", "link", "img", "iframe", "object", "form")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in ("src", "xlink:href", "style")
            if name == "href":
                assert value.startswith("#")
    (policy,) = (one for one in tree.iter(f"{XHTML}meta") if one.get("http-equiv"))
    assert policy.get("content", "").startswith("default-src 'none'")


def test_the_page_can_be_read_without_seeing_it() -> None:
    tree = page(html(report()))
    (root,) = tree.iter(f"{XHTML}html")
    assert root.get("lang") == "en"
    levels = [int(str(one.tag)[-1]) for one in tree.iter() if re.fullmatch(r".*\}h[1-6]", str(one.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is skipped"
    ids = [one.get("id") for one in tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    charts = list(tree.iter(f"{SVG}svg"))
    assert len(charts) >= 4
    for chart in charts:
        assert chart.get("role") == "img"
        named = [
            next(one for one in chart.iter() if one.get("id") == name)
            for name in chart.get("aria-labelledby", "").split()
        ]
        assert len(named) == 2
        assert all(words_of(one) for one in named), "a title and a description"
    for table_ in tree.iter(f"{XHTML}table"):
        assert table_.find(f"{XHTML}caption") is not None
        assert all(head.get("scope") in ("col", "row") for head in table_.iter(f"{XHTML}th"))
    for section in tree.iter(f"{XHTML}section"):
        assert section.get("aria-labelledby") in ids


def test_every_colour_of_text_can_be_read_on_white_and_in_its_cell() -> None:
    from voice_agent.review import charts

    style = re.search(r"<style>(.*?)</style>", html(report()), re.DOTALL)
    assert style is not None
    for colour in re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", style[1]):
        assert contrast(colour, "#ffffff") >= 4.5
    for level, fill in charts._FILL.items():
        assert contrast(charts._TEXT[level], fill) >= 4.5
    assert contrast(charts.INK, charts.PAPER) >= 4.5


@given(said=st.text(max_size=60), answer=st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_nothing_that_was_said_is_markup(said: str, answer: str) -> None:
    evil = "</p><script>alert(1)</script>{{ 7*7 }}[x](javascript:1) "
    script = Script().opening(answer).turn(evil + said, "2012012", answer=evil + answer, advice=evil).end()
    made = report(script.stamped)
    text = html(made)
    assert "<script" not in text
    assert "{{ 7*7 }}" in text
    assert "[x](javascript" not in markdown(made)
    if "\x00" not in text and all(character.isprintable() for character in said + answer):
        assert "alert(1)" in words_of(page(text))


def test_a_long_talk_has_a_page_whose_charts_stay_small() -> None:
    script = Script().opening()
    for turn in range(1000):
        prosody = Prosody(speech_s=2.0, words=5, syllables_per_s=4 + turn % 3)
        script.turn("some words", "1201201", prosody=prosody)
    text = html(report(script.end().stamped))
    widths = [float(one.get("width", "0")) for one in page(text).iter(f"{SVG}svg")]
    assert max(widths) < 1200
    assert text.count('<div class="turn') == 2001


def test_a_talk_without_turns_has_a_report_too() -> None:
    made = report(Script().end().stamped)
    page(html(made))
    assert "Nothing was rated in this talk." in markdown(made)


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")
def test_chromium_shows_and_prints_it(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html(report()))
    picture, pdf = tmp_path / "report.png", tmp_path / "report.pdf"
    common = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]  # fmt: skip
    for wish in (
        [f"--screenshot={picture}", "--window-size=900,1200"],
        [f"--print-to-pdf={pdf}", "--no-pdf-header-footer"],
    ):
        ran = subprocess.run(
            [*common, *wish, f"file://{path}"], capture_output=True, text=True, timeout=90, check=False
        )
        assert ran.returncode == 0, ran.stderr
    assert pdf.read_bytes().startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) >= 2
    assert picture.stat().st_size > 20_000, "a blank page is smaller"


def test_markdown_holds_the_talk_and_escapes_what_was_said() -> None:
    made = report(Script().opening().turn("*bold* [a](b) <b> | # x", "2222222", answer="_so_").end().stamped)
    text = markdown(made)
    assert r"\*bold\* \[a\](b) \<b\> \| \# x" in text
    assert "| Describe | 1 | 1 |" in text


def test_the_table_has_a_row_for_every_take_and_runs_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(table(story_of(whole_talk())))))
    assert [(row["turn"], row["counts"], row["first_try"]) for row in rows] == [
        ("1", "0", "1"), ("2", "1", "0"), ("3", "1", "0"), ("4", "1", "1"),
    ]  # fmt: skip
    assert rows[1]["describe"] == "2"
    assert rows[1]["retake_of"] == "1"
    evil = Script().opening().turn('=HYPERLINK("http://x")', "1111111", answer="@cmd").end()
    (row,) = csv.DictReader(io.StringIO(table(story_of(evil.stamped))))
    assert (row["said"], row["answer"]) == ('\'=HYPERLINK("http://x")', "'@cmd")
    assert list(row) == list(COLUMNS)


def test_a_coachs_report_holds_only_what_is_shared() -> None:
    story = story_of(whole_talk())
    for made in (shared_report_of(story, {2}), shared_report_of(story, {2, 0})):
        text = html(made) + markdown(made)
        assert "on monday the plates were in the sink" in text
        for other in (
            "always leave",
            "forget it",
            "Which evenings" if False else "Wow. That was low",
            "Okay then",
            "bad roommate",
            "Hey. What",
        ):
            assert other not in text
    assert "Fear" not in markdown(shared_report_of(story, {2}))
    assert "Fear" in markdown(shared_report_of(story, {2, 0}))
    rows = list(csv.DictReader(io.StringIO(table(story, turns={2}))))
    assert [row["turn"] for row in rows] == ["2"]


def test_a_shared_report_leaves_the_session_as_it_was() -> None:
    story = story_of(whole_talk())
    shared_report_of(story, {2})
    assert len(story.takes) == 4
    assert story.check_in(CheckInTime.START) is not None


def test_names_are_taken_out_everywhere() -> None:
    scenario = situation(**{"Cooks late, hates to be nagged.": "Cooks late. A friend of Priya and of Dr Osei."})
    script = (
        Script(scenario=scenario)
        .opening("Hey, it's SAM.")
        .turn(
            "sam priya and osei said so, and Aunt May may call 555 123 4567 or a.b@c.org",
            "1111111",
            answer="Sam's gone.",
        )
    )
    story = story_of(script.end().stamped)
    redactor = redactor_for(story, ["Aunt May"])
    text = html(redactor.struct(report_of(story, guesses={"fear": "Sam leaving"})))
    for name in ("Sam", "SAM", "sam ", "Priya", "priya", "osei", "Osei", "Aunt May", "555", "a.b@c.org"):
        assert name not in text
    assert "may call [contact] or [contact]" in text
    assert "[partner]&#39;s gone." in text


@pytest.mark.parametrize("name", ["roommate-dishes", "boss-raise", "colleague-credit", "sibling-care"])
def test_names_of_a_shipped_situation_are_found(name: str) -> None:
    scenario = load_scenario(name)
    story = story_of(Script(scenario=scenario).opening(scenario.opening).turn("hello").end().stamped)
    redactor = redactor_for(story)
    text = markdown(redactor.struct(report_of(story, guesses={})))
    assert not re.search(rf"\b{scenario.partner.name}\b", text)
    known = {"boss-raise": {"Gordon", "Whitaker"}, "colleague-credit": {"Helen"}}.get(name, set())
    assert known <= set(redactor.marks)


def test_words_that_are_names_too_are_only_taken_out_with_a_capital() -> None:
    redactor = Redactor("Will", ["Mark"])
    assert redactor.text("Will will mark it, said Mark") == "[partner] will mark it, said [name 1]"


@given(
    name=st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True), before=st.text(max_size=20), after=st.text(max_size=20)
)
def test_a_name_standing_alone_never_stays(name: str, before: str, after: str) -> None:
    redacted = Redactor(name).text(f"{before} {name} {after}")
    assert not re.search(rf"(?<!\w){name}(?!\w)", redacted.replace("[partner]", "").replace("[contact]", ""))


def test_redacting_keeps_what_is_no_text() -> None:
    made = report()
    redacted = redactor_for(story_of(whole_talk())).struct(made)
    assert redacted.debrief.skills == made.debrief.skills
    assert redacted.began == made.began
    assert msgspec.json.encode(redacted)
