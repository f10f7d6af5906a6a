"""Any model of sentence-transformers as a text encoder: the extra `embeddings`. Nothing is downloaded here.

Source: Reimers and Gurevych 2019, "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks".
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voice_agent.errors import EngineError
from voice_agent.feedback.rater_input import texts
from voice_agent.feedback.text_encoder import Floats
from voice_agent.folders import models_folder
from voice_agent.quiet import quieten

COMPONENT = "embeddings"
FOLDER = "sentence-transformers"
"""Below the user's folder of models."""
_PROBE = "Can we talk about the dishes for a minute?"


class SentenceEncoder:
    """See `TextEncoder`. It looks at what was said alone: these models were trained on single sentences."""

    def __init__(self, model: str) -> None:
        """model: the name of a folder below the user's models, a path, or a name that the hub's own cache holds.

        Loading takes seconds (torch). Raises EngineError when the library or the model is not there.
        """
        try:
            # torch and transformers, seconds and a gigabyte; transformers would draw bars into the screen.
            os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise EngineError(
                COMPONENT,
                "sentence-transformers is not installed",
                cure="pip install 'voice-agent[embeddings]', or leave the option embeddings empty",
            ) from error
        quieten("sentence_transformers", "transformers", "huggingface_hub")
        _without_bars()
        installed = models_folder() / FOLDER / model
        place = installed if installed.is_dir() else Path(model).expanduser()
        try:
            self._model: Any = SentenceTransformer(str(place) if place.is_dir() else model, local_files_only=True)
            probe = self.vectors([(_PROBE, "")])
        except Exception as error:
            raise EngineError(
                COMPONENT,
                f'the embedding model "{model}" can\'t be loaded',
                cure=f"put its folder into {models_folder() / FOLDER}, or name its folder",
            ) from error
        # The same name may hold other weights one day: then what it makes of a sentence differs.
        version = hashlib.sha256(np.round(probe, 3).tobytes()).hexdigest()[:12]
        self.name = f"{FOLDER} {model} {version}"

    def vectors(self, turns: Sequence[tuple[str, str]]) -> Floats:
        said = [texts(said, "")[0] for said, _ in turns]
        found = self._model.encode(
            said, batch_size=32, show_progress_bar=False, normalize_embeddings=True, convert_to_numpy=True
        )
        return np.asarray(found, dtype=np.float32)


def _without_bars() -> None:
    from transformers import logging as progress

    progress.disable_progress_bar()
