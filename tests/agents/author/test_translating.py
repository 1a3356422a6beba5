"""A model's draft of a translation holds every text and every detail, or is sent back."""

from __future__ import annotations

from typing import Any

import pytest

from agents.author.model import ModelAuthor
from agents.author.offline import OfflineAuthor
from agents.author.translating import Translator
from agents.failures import ModelNonsense
from evidence.errors import InvalidInput
from practice.translation import offered, translatable, with_translation
from tests.agents.material import role_model
from tests.endpoint import Endpoint, Json
from tests.endpoint.roles import block
from tests.graphs.varied import VARIED

SOURCE = translatable(VARIED)


def reply(**changes: str | None) -> dict[str, Any]:
    """Every text in German; ``changes`` by field with ``__`` for a dot, None leaves one out."""
    changed = {path.replace("__", "."): text for path, text in changes.items()}
    texts = {path: f"Auf Deutsch: {text}" for path, text in SOURCE.items()} | changed
    return {"texts": [{"field": path, "text": text} for path, text in texts.items() if text is not None]}


async def test_the_model_is_shown_every_text_and_its_draft_can_be_signed(endpoint: Endpoint) -> None:
    endpoint.queue(Json(reply()))
    drafted = await ModelAuthor(role_model(endpoint)).translate(VARIED, "de")
    assert offered(with_translation(VARIED, "de", drafted.texts)) == ("de",)
    assert drafted.provenance.label == "model scripted-1"
    system, user = (message["content"] for message in endpoint.asked[0].messages)
    assert "{{" not in system + user
    assert "from English (en) into German (de)" in user
    assert "{name}" in user.partition("<texts>")[0], "people's names are told, to be kept"
    shown = block(user, "texts")
    assert VARIED.persona.concerns[0].cover in shown
    assert '"field": "slots[1].values[0]"' in shown
    field = endpoint.asked[0].schema["properties"]["texts"]["items"]["properties"]["field"]
    assert field["enum"] == sorted(SOURCE)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"opening_line": None}, "opening_line: this field is missing"),
        ({"setting": "Am Freitag."}, "setting: it lacks {name}, {weeks}"),
        ({"opening_line": "Ja, {name}?"}, "opening_line: it has {name}"),
        ({"title": "{weeks} " + "x" * 250}, "title: "),
        ({"persona__name": "Nora"}, "persona.name"),
    ],
)
async def test_what_would_not_do_is_sent_back_with_the_reason(
    endpoint: Endpoint, changes: dict[str, str | None], told: str
) -> None:
    endpoint.queue(Json(reply(**changes)), Json(reply()))
    drafted = await ModelAuthor(role_model(endpoint)).translate(VARIED, "de")
    assert told in endpoint.asked[1].messages[-1]["content"]
    assert drafted.provenance.usage.calls == 2


async def test_a_model_that_keeps_leaving_texts_out_is_given_up(endpoint: Endpoint) -> None:
    endpoint.queue(*(Json(reply(title=None)) for _ in range(3)))
    with pytest.raises(ModelNonsense):
        await ModelAuthor(role_model(endpoint)).translate(VARIED, "de")


async def test_rules_say_that_they_cannot() -> None:
    author = OfflineAuthor()
    assert isinstance(author, Translator)
    with pytest.raises(InvalidInput, match="rules cannot translate") as refused:
        await author.translate(VARIED, "de")
    assert "language model" in refused.value.todo
