"""Translating a scenario on its page, over HTTP and at the terminal; and beginning to practise in the language."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from agents.build import EnsembleSettings, RoleSettings
from agents.endpoints import ModelSettings
from api.documents import read_text
from evidence.yaml_documents import dump_data, parse_yaml
from graphs.translating import Sheet
from practice.translation import translatable, with_translation
from tests.api.at_terminal import Office
from tests.api.room import Room, room, sent, words
from tests.company import SCENARIO, ensemble
from tests.graphs.test_translating import Writes
from tests.graphs.varied import signed

__all__ = ["room"]

GERMAN = {path: f"Auf Deutsch: {text}" for path, text in translatable(SCENARIO).items()}


def speaking(room: Room) -> None:
    """Say that models play persona and coach here: they speak every language."""
    model = ModelSettings(base_url="http://127.0.0.1:9/v1", model="none")
    plays = RoleSettings(player="model", model=model)
    state = room.app.state
    chosen = state.application.settings.model_copy(update={"models": EnsembleSettings(persona=plays, coach=plays)})
    state.application = replace(state.application, settings=chosen)


async def test_on_the_page_a_translation_is_filled_in_and_shown_to_whoever_signs(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/design/review/{checkpoint.id}"
    maria, jonas = await room.at("maria"), await room.at("jonas")
    assert f'{at}/translation/de" lang="de">Deutsch' in (await maria.get(at)).text
    form = sent((await maria.get(f"{at}/translation/de")).text)
    assert {name for name in form if name.startswith("text.")} == {f"text.{path}" for path in GERMAN}

    no_draft = await maria.post(f"{at}/translation/de", data=form | {"act": "draft", "text.title": "Zwei Termine"})
    assert no_draft.status_code == 422
    assert "cannot translate" in words(no_draft.text)
    kept = sent(no_draft.text)
    assert kept["text.title"] == "Zwei Termine"
    refused = await maria.post(f"{at}/translation/de", data=kept | {"act": "add", "text.title": "x" * 300})
    assert refused.status_code == 422
    assert '<label for="text-title">' in refused.text
    assert 'aria-invalid="true"' in refused.text

    done = await maria.post(f"{at}/translation/de", data=kept | {"act": "add"})
    assert "Maria changed the wording" in words(done.text)
    await room.runtime.bring_forward(checkpoint.run_id)
    second = await room.pending(checkpoint.run_id)
    told = words((await jonas.get(f"/design/review/{second.id}")).text)
    left = len(GERMAN) - 1
    assert f"Deutsch (de): {left} texts of {len(GERMAN)} are missing. No learner is offered it." in told


async def test_over_http_it_is_added_once_and_offered_where_somebody_can_play_it(room: Room) -> None:
    checkpoint = await room.ordered(room.company.jonas)
    at = f"/api/v1/checkpoints/{checkpoint.id}/translations"
    maria, amir = await room.at("maria"), await room.at("amir")
    assert (await maria.get(at)).json() == []
    sheet = (await maria.get(f"{at}/de")).json()
    body = {"review_digest": checkpoint.review_digest, "source_digest": sheet["source_digest"], "texts": GERMAN}
    assert (await amir.get(f"{at}/de")).status_code == 403
    assert (await amir.post(f"{at}/de", json=body)).status_code == 403
    assert (await maria.post(f"{at}/de/draft")).status_code == 422
    numbered = {"Idempotency-Key": "one"}
    first = await maria.post(f"{at}/de", json=body, headers=numbered)
    assert first.status_code == 201, first.text
    assert (await maria.post(f"{at}/de", json=body, headers=numbered)).json() == first.json()
    await room.runtime.bring_forward(checkpoint.run_id)
    second = await room.pending(checkpoint.run_id)
    [standing] = (await maria.get(f"/api/v1/checkpoints/{second.id}/translations")).json()
    assert (standing["language"], standing["missing"], standing["stale"]) == ("de", [], False)
    review = (await maria.get(f"/api/v1/checkpoints/{second.id}")).json()
    assert review["translations"] == [standing]
    await room.decide(room.company.jonas, second)

    # Rules play the persona here, in English only: it is not offered, and refused in plain words.
    [card] = (await amir.get("/api/v1/scenarios")).json()
    assert (card["language"], card["languages"]) == ("en", [])
    assert 'name="language"' not in (await amir.get("/practice")).text
    begin = f"/api/v1/scenarios/{card['version_id']}/practices"
    silent = await amir.post(begin, json={"preferences": {"language": "de"}})
    assert silent.status_code == 422
    assert "Nobody here speaks 'de' as persona" in silent.json()["detail"]

    speaking(room)
    [card] = (await amir.get("/api/v1/scenarios")).json()
    assert card["languages"] == ["de"]
    home = (await amir.get("/practice")).text
    assert '<option value="de" lang="de">Deutsch</option>' in home
    assert (await amir.post(begin, json={"preferences": {"language": "fr"}})).status_code == 422
    begun = (await amir.post(begin, json={"preferences": {"language": "de"}})).json()
    assert begun["opening_line"] == GERMAN["opening_line"]
    view = (await amir.get(f"/api/v1/practices/{begun['practice_id']}")).json()
    assert (view["language"], view["preferences"]["language"]) == ("de", "de")
    assert view["title"] == GERMAN["title"]
    page = await amir.post("/practice/begin", data={"version_id": card["version_id"], "language": "de"})
    assert GERMAN["opening_line"] in page.text


def test_at_the_terminal_a_file_is_exported_filled_in_and_added(here: Office, tmp_path: Path) -> None:
    checkpoint = here.waits()
    file = tmp_path / "de.yaml"
    login = ("--login", "maria")
    told = here.told("translation", "export", checkpoint.id, "de", "--out", str(file), *login)
    assert f"{len(GERMAN)} texts are in" in told
    assert "already" in here.told("translation", "export", checkpoint.id, "de", "--out", str(file), *login, code=1)
    other = str(tmp_path / "other.yaml")
    draft = here.told("translation", "export", checkpoint.id, "de", "--out", other, "--draft", *login, code=1)
    assert "cannot translate" in draft
    sheet = parse_yaml(read_text(file), str(file), Sheet)
    assert all("text: ''" in part for part in read_text(file).split("- field:")[1:]), "there is a place for each"
    filled = tuple(line.model_copy(update={"text": GERMAN[line.field]}) for line in sheet.texts)
    file.write_text(dump_data(sheet.model_copy(update={"texts": filled}).model_dump(mode="json")), encoding="utf-8")
    done = here.data("translation", "add", checkpoint.id, str(file), "--reason", "For Graz.", *login)
    assert done["checkpoint"]["status"] == "edited"
    assert done["stage"] == "awaiting"

    async def pending(desk: object) -> str:
        return str((await desk.pending(checkpoint.run_id)).id)  # type: ignore[attr-defined]

    shown = here.told("review", here.do(pending), "--login", "jonas")
    assert f"Deutsch (de): complete, {len(GERMAN)} texts." in shown


def test_the_terminal_offers_no_language_that_nobody_speaks(here: Office) -> None:
    german = with_translation(SCENARIO, "de", GERMAN)
    version = here.do(lambda desk: signed(desk.store, here.company, german), ensemble(author=Writes(german)))
    assert "also in" not in here.told("practice", "--login", "amir")
    refused = here.told("practice", version, "--language", "de", "--login", "amir", code=1)
    assert "Nobody here speaks 'de' as persona" in refused
    assert "is no language" in here.told("practice", version, "--language", "deutsch", "--login", "amir", code=1)
