"""Another model finds the examples. Where sentence-transformers is not installed, only its class is a fake."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import stat
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.scenes import situation
from voice_agent.annotation import AnnotatedTurn, Situation
from voice_agent.catalog.pipelines import load_pipeline
from voice_agent.dearman import Level, Skill
from voice_agent.errors import EngineError
from voice_agent.feedback.bank import shipped_bank
from voice_agent.feedback.rater_input import texts
from voice_agent.feedback.sentence_encoder import SentenceEncoder
from voice_agent.feedback.user_bank import whole_bank, write_bank
from voice_agent.feedback.vector_cache import cache_file
from voice_agent.folders import cache_folder, config_folder, models_folder
from voice_agent.pipeline.stages import open_engines
from voice_agent.testing.claims import terminal_silent
from voice_agent.worker import WorkCounter

WIDTH = 24
NAME = "tiny"
IS_REAL = find_spec("sentence_transformers") is not None


class FakeSentenceTransformer:
    """Takes what the library's class takes; a text is the sum of its words' directions."""

    encoded: list[str] = []  # noqa: RUF012 - counts over all instances

    def __init__(self, path: str, *, local_files_only: bool) -> None:
        assert local_files_only
        self._seed = int((Path(path) / "seed").read_text())

    def encode(self, texts: Sequence[str], **options: object) -> np.ndarray:
        assert options["normalize_embeddings"] is True
        self.encoded += texts
        found = np.stack(
            [sum((self._direction(word) for word in text.split()), np.full(WIDTH, 1e-3)) for text in texts]
        )
        normed: np.ndarray = (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)
        return normed

    def _direction(self, word: str) -> np.ndarray:
        digest = hashlib.sha256(f"{self._seed} {word}".encode()).digest()
        return np.frombuffer(digest[:WIDTH], np.uint8).astype(np.float64) - 127


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> type[FakeSentenceTransformer]:
    library: Any = ModuleType("sentence_transformers")
    library.SentenceTransformer = FakeSentenceTransformer
    beside: Any = ModuleType("transformers")
    beside.logging = ModuleType("transformers.logging")
    beside.logging.disable_progress_bar = lambda: None
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    monkeypatch.setitem(sys.modules, "transformers", beside)
    monkeypatch.setattr(FakeSentenceTransformer, "encoded", [])
    installed(0)
    return FakeSentenceTransformer


def installed(seed: int) -> Path:
    folder = models_folder() / "sentence-transformers" / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seed").write_text(str(seed))
    return folder


def mine(said: str) -> AnnotatedTurn:
    return AnnotatedTurn(
        id="mine-1",
        situation=Situation(context="The rent is late", partner="a flatmate", goal="to be paid"),
        utterance=said,
        labels=dict.fromkeys(Skill, Level.WEAK),
        suggestion="The rent was due on the third.",
        annotator="me",
    )


def kept_width(file: Path) -> int:
    with np.load(file) as kept:
        width: int = kept["vectors"].shape[1]
    return width


def cached() -> list[Path]:
    return sorted((cache_folder() / "embeddings").glob("*"))


def test_examples_are_found_by_the_model_that_is_named(faked: type[FakeSentenceTransformer]) -> None:
    bank = whole_bank(NAME)
    wanted = bank.demonstrations[40]
    assert bank.nearest(wanted.weaker, most=1)[0].weaker == wanted.weaker
    assert len(bank.demonstrations) == len(shipped_bank().demonstrations)
    assert texts(wanted.weaker, "")[0] in faked.encoded


def test_a_bank_is_encoded_once_and_only_what_is_new_after_that(faked: type[FakeSentenceTransformer]) -> None:
    whole_bank(NAME)
    assert len(faked.encoded) > 400
    faked.encoded.clear()
    whole_bank(NAME)
    assert len(faked.encoded) == 1  # what tells the model's version
    faked.encoded.clear()
    write_bank([mine("you owe me the rent")])
    bank = whole_bank(NAME)
    assert len(faked.encoded) == 2
    assert bank.nearest("you owe me the rent", most=1)[0].stronger == "The rent was due on the third."


def test_the_cache_is_private_and_keeps_nothing_of_a_talk(faked: type[FakeSentenceTransformer]) -> None:
    bank = whole_bank(NAME)
    (file,) = cached()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    bank.nearest("you never listen to me", "It's a couple of pans.")
    assert cached() == [file]
    assert file.read_bytes() == before


def test_other_weights_under_the_same_name_are_another_model(faked: type[FakeSentenceTransformer]) -> None:
    first = whole_bank(NAME)
    installed(1)
    second = whole_bank(NAME)
    assert len(cached()) == 2
    asked = first.demonstrations[7].weaker
    assert second.nearest(asked, most=1)[0].weaker == asked


@pytest.mark.parametrize("content", [b"", b"half a file", b"PK\x03\x04"])
def test_a_broken_cache_is_made_anew(faked: type[FakeSentenceTransformer], content: bytes) -> None:
    whole_bank(NAME)
    file = cache_file(SentenceEncoder(NAME))
    assert file in cached()
    file.write_bytes(content)
    whole_bank(NAME)
    assert kept_width(file) == WIDTH


def test_a_cache_that_cannot_be_written_costs_only_time(faked: type[FakeSentenceTransformer]) -> None:
    shutil.rmtree(cache_folder())
    cache_folder().write_text("a file where the folder should be")
    assert whole_bank(NAME).demonstrations


def test_without_the_library_or_the_model_it_is_one_line_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EngineError, match="sentence-transformers is not installed") as told:
        SentenceEncoder(NAME)
    assert "voice-agent[embeddings]" in told.value.cure


def test_a_model_that_is_not_there_is_told_with_its_place(faked: type[FakeSentenceTransformer]) -> None:
    with pytest.raises(EngineError, match='the embedding model "missing" can\'t be loaded') as told:
        SentenceEncoder("missing")
    assert str(models_folder()) in told.value.cure


def test_without_the_library_the_shipped_encoder_finds_examples_and_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    folder = config_folder() / "pipelines"
    folder.mkdir(parents=True)
    shipped = (Path(__file__).parents[2] / "pipelines" / "offline.toml").read_text()
    text = shipped.replace('id = "offline"', 'id = "mine"')
    (folder / "mine.toml").write_text(text.replace('engine = "local"', 'engine = "local"\nembeddings = "tiny"'))
    engines = open_engines(load_pipeline("mine"), situation(), counter=WorkCounter(), hears=False, speaks=False)
    asyncio.run(engines.close())
    (fault,) = engines.faults
    assert engines.names["advisor"] == "local"
    assert fault.stage == "advisor"
    assert fault.happened == "local: sentence-transformers is not installed"
    assert fault.done == "the rater's own network finds the examples"
    assert "voice-agent[embeddings]" in fault.cure


@pytest.mark.skipif(not IS_REAL, reason="sentence-transformers is not installed")
def test_the_real_library_loads_a_model_that_was_built_here() -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = sorted({word for pair in shipped_bank().demonstrations for word in pair.weaker.split()})
    tokenizer = Tokenizer(
        models.WordLevel({"[UNK]": 0, **{w: n + 1 for n, w in enumerate(words)}}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.random.default_rng(0).standard_normal((len(words) + 1, WIDTH)).astype(np.float32)
    folder = models_folder() / "sentence-transformers" / NAME
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=vectors)], device="cpu").save(
        str(folder)
    )
    with terminal_silent():
        bank = whole_bank(NAME)
        again = whole_bank(NAME)
    wanted = bank.demonstrations[40]
    assert bank.nearest(wanted.weaker, most=1)[0].weaker == wanted.weaker
    assert again.nearest(wanted.weaker, most=1)[0].weaker == wanted.weaker
    (file,) = cached()
    assert kept_width(file) == WIDTH
    with pytest.raises(EngineError, match="can't be loaded"):
        SentenceEncoder(f"{NAME}-other")
