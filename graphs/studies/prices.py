"""What questions will cost before they are asked: about, and at most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.asking import estimated_tokens
from agents.endpoints import Role
from agents.ensemble import Ensemble
from agents.provenance import Usage
from agents.structured import MAX_REPAIRS
from graphs.fitness import model_of
from graphs.studies.inquiry import Task

_DRAWS = {"alignment": 2}  # an unusable sample is asked for once more


@dataclass(frozen=True)
class Cost:
    """What answers cost: replies, tokens, and money in millionths of the currency."""

    calls: int = 0
    tokens: int = 0
    cost: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(self.calls + other.calls, self.tokens + other.tokens, self.cost + other.cost)


def priced(
    ensemble: Ensemble, role: Role, lengths: Sequence[int], reply_characters: int = Task.reply_characters
) -> tuple[Cost, Cost]:
    """What so many questions cost, about and at most; zeros where rules answer.

    Args:
        ensemble: with who is asked.
        role: who is asked.
        lengths: characters that each question gives to read.
        reply_characters: of a usual reply.

    Returns:
        ``most`` counts every reply at its full length, every repair (which reads the reply that was wrong as well) and
        every further draw.
    """
    model = model_of(ensemble, role)
    if model is None:
        return Cost(), Cost()
    settings = model.settings
    read, longest = sum(map(estimated_tokens, lengths)), settings.max_tokens
    replies = _DRAWS.get(role, 1) * (MAX_REPAIRS + 1)
    usual = min(longest, estimated_tokens(reply_characters))
    about = Usage(input_tokens=read, output_tokens=usual * len(lengths))
    most = Usage(
        input_tokens=replies * read + replies * MAX_REPAIRS * longest * len(lengths),
        output_tokens=replies * longest * len(lengths),
    )
    return (
        Cost(len(lengths), about.input_tokens + about.output_tokens, settings.price.of(about)),
        Cost(replies * len(lengths), most.input_tokens + most.output_tokens, settings.price.of(most)),
    )


def price_of(ensemble: Ensemble, tasks: Iterable[Task]) -> tuple[Cost, Cost]:
    """What tasks cost, about and at most."""
    alike: dict[tuple[Role, int], list[int]] = {}
    for task in tasks:
        alike.setdefault((task.role, task.reply_characters), []).append(task.characters)
    about, most = Cost(), Cost()
    for (role, reply), lengths in alike.items():
        usual, worst = priced(ensemble, role, lengths, reply)
        about, most = about + usual, most + worst
    return about, most
