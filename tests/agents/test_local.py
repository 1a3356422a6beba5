from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents import local
from agents.build import EnsembleSettings, build_ensemble, local_models
from agents.connections import close_connections
from agents.endpoints import ModelSettings
from agents.failures import ModelNotLoaded
from agents.models import RoleModel
from agents.persona.model import ModelPersona
from tests.agents.material import role_model
from tests.agents.test_gguf import gguf
from tests.endpoint import Endpoint
from tests.endpoint.answers import Text

WITH_XLLAMACPP = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp has no wheel here")


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    local.stop_all()


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if xllamacpp were installed."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


async def refused(path: Path) -> ModelNotLoaded:
    with pytest.raises(ModelNotLoaded) as caught:
        await RoleModel(ModelSettings(gguf=path), "persona").complete([("user", "Hello.")])
    assert str(path.parent) not in str(caught.value)
    assert path.name in caught.value.detail
    return caught.value


async def test_a_missing_package_is_named_with_the_way_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    failure = await refused(tmp_path / "a.gguf")
    assert "xllamacpp" in failure.detail
    assert "'.[local]'" in failure.todo


@pytest.mark.usefixtures("there")
async def test_a_missing_file_is_said_and_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    assert "No such file" in (await refused(path)).detail
    assert local.state_of(ModelSettings(gguf=path)) == "failed"
    path.write_text("This is a letter.")
    assert "not a GGUF file" in (await refused(path)).detail


@pytest.mark.usefixtures("there")
async def test_what_memory_cannot_hold_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf(weights=3_000_000))
    monkeypatch.setattr(local, "available_memory", lambda: 2_000_000)
    failure = await refused(path)
    assert "3 MB" in failure.detail
    assert "2 MB" in failure.detail
    assert "smaller" in failure.todo


@WITH_XLLAMACPP
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gguf()[:300], "header"),
        (gguf(offsets=(0, 9_000_000)), "not complete"),
        (gguf(architecture="zebra"), "'zebra'"),
    ],
    ids=["damaged", "cut off", "unknown architecture"],
)
async def test_why_a_file_cannot_be_loaded(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(content)
    failure = await refused(path)
    assert words in failure.detail
    assert failure.todo


@pytest.mark.usefixtures("there")
async def test_an_interpreter_that_does_not_start_is_an_error_not_a_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    assert "could not be started" in (await refused(path)).detail


def test_another_file_is_another_model_and_its_address_is_not_part_of_it(tmp_path: Path) -> None:
    first, second = tmp_path / "a.gguf", tmp_path / "b.gguf"
    first.write_bytes(gguf())
    second.write_bytes(gguf(weights=100))
    one, other = (RoleModel(ModelSettings(gguf=path, model="mine"), "coach").identity() for path in (first, second))
    assert one["endpoint"] == other["endpoint"] == ""
    assert one["model"].startswith("mine@")
    assert one["model"] != other["model"]
    first.write_bytes(gguf(architecture="other"))
    assert RoleModel(ModelSettings(gguf=first, model="mine"), "coach").identity() != one


async def test_settings_of_an_endpoint_stay_as_they_are() -> None:
    given = ModelSettings(base_url="http://x/v1", model="m")
    assert local.named(given) is given
    assert await local.served(given) is given


def test_a_file_and_an_address_cannot_both_be_meant() -> None:
    with pytest.raises(ValidationError, match="not both"):
        ModelSettings(base_url="http://x/v1", gguf=Path("a.gguf"), model="m")


@pytest.mark.parametrize(
    ("roles", "share"), [(("persona",), 4), (("persona", "coach"), 2), (("author", "alignment", "persona", "coach"), 1)]
)
def test_roles_on_one_file_share_what_it_can_do_at_once(tmp_path: Path, roles: tuple[str, ...], share: int) -> None:
    model = {"gguf": tmp_path / "a.gguf"}
    settings: dict[str, Any] = {role: {"player": "model", "model": model} for role in roles}
    chosen = EnsembleSettings.model_validate(settings)
    persona = build_ensemble(chosen).persona
    assert isinstance(persona, ModelPersona)
    assert persona._model.settings.concurrency == share
    assert len(local_models(chosen)) == len(roles)
    assert all(local.state_of(each) == "not loaded" for each in local_models(chosen))


async def test_nothing_that_is_said_on_this_machine_goes_through_a_proxy(
    endpoint: Endpoint, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    await close_connections()
    model = role_model(endpoint, "persona")
    endpoint.queue(Text("Whole."), Text("In pieces."))
    assert (await model.complete([("user", "Hello.")]))[0] == "Whole."
    assert "".join([piece async for piece in model.stream([("user", "Hello.")])]) == "In pieces."


def test_memory_and_cores_are_told() -> None:
    assert local.cores() >= 1
    free = local.available_memory()
    assert free is None or free > 0
