"""What every agent must have: found by looking at the folders, so that a new agent cannot be forgotten here."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import agents
from agents.build import EnsembleSettings, RoleSettings, build_ensemble
from agents.ensemble import Ensemble
from agents.prompts import load_prompt
from agents.schemas import strict_schema
from tests.agents.material import settings
from tests.endpoint import Endpoint

FOLDERS = sorted(path.parent.name for path in Path(agents.__path__[0]).glob("*/prompt.md"))


def protocol_of(agent: str) -> type:
    """The one Protocol that an agent's package defines."""
    package = importlib.import_module(f"agents.{agent}")
    found = [
        value
        for value in vars(package).values()
        if inspect.isclass(value) and getattr(value, "_is_protocol", False) and value.__module__ == package.__name__
    ]
    assert len(found) == 1
    return found[0]


def player_of(agent: str, kind: str) -> type:
    """The player class in ``model.py`` or ``offline.py``."""
    module = importlib.import_module(f"agents.{agent}.{kind}")
    found = getattr(module, f"{kind.title()}{agent.title()}")
    assert inspect.isclass(found)
    return found


def members(protocol: type) -> dict[str, Any]:
    """The public members that a Protocol asks for."""
    named = {**inspect.get_annotations(protocol), **vars(protocol)}
    return {name: value for name, value in named.items() if not name.startswith("_")}


def test_the_agents_are_found() -> None:
    assert {"alignment", "author", "coach", "persona"} <= set(FOLDERS)
    assert set(FOLDERS) == set(Ensemble.__dataclass_fields__) == set(EnsembleSettings.model_fields)


@pytest.mark.parametrize("agent", FOLDERS)
def test_the_prompt_says_what_it_is_for(agent: str) -> None:
    prompt = load_prompt(f"agents.{agent}")
    assert prompt.purpose.endswith(".")
    assert prompt.version >= 1
    assert "System" in prompt.sections
    assert re.fullmatch("[0-9a-f]{64}", prompt.digest)


@pytest.mark.parametrize("agent", FOLDERS)
def test_the_prompts_reply_schema_exists(agent: str) -> None:
    for named in load_prompt(f"agents.{agent}").output_schema.values():
        if named == "text":  # spoken words; `reply.py` says what of them counts
            assert importlib.import_module(f"agents.{agent}.reply")
            continue
        module, _, name = named.rpartition(".")
        assert module == f"agents.{agent}.reply"
        form = getattr(importlib.import_module(module), name)
        assert issubclass(form, BaseModel)
        assert strict_schema(form)["type"] == "object"


@pytest.mark.parametrize("agent", FOLDERS)
def test_every_word_of_a_prompt_is_written_for_some_case(agent: str) -> None:
    """A wording that no player asks for by name, whole or by its first word, is dead text under a digest."""
    source = (Path(agents.__path__[0]) / agent / "model.py").read_text()
    for key in load_prompt(f"agents.{agent}").words:
        first = key.split()[0]
        by_name = re.search(rf"[\"']{re.escape(key)}[\"']|[\"']{re.escape(first)} ", source)
        by_rung = agent == "coach" and "word(rung.value)" in source
        assert by_name or by_rung, key


@pytest.mark.parametrize("kind", ["model", "offline"])
@pytest.mark.parametrize("agent", FOLDERS)
def test_both_players_keep_the_protocol(endpoint: Endpoint, agent: str, kind: str) -> None:
    protocol = protocol_of(agent)
    chosen = RoleSettings.model_validate({"player": kind, "model": settings(endpoint) if kind == "model" else None})
    player = getattr(build_ensemble(EnsembleSettings.model_validate({agent: chosen})), agent)
    assert type(player) is player_of(agent, kind)
    for name, wanted in members(protocol).items():
        assert hasattr(player, name), name
        if inspect.isfunction(wanted):
            given = inspect.signature(getattr(type(player), name))
            assert list(given.parameters) == list(inspect.signature(wanted).parameters), name
            assert inspect.iscoroutinefunction(wanted) == inspect.iscoroutinefunction(getattr(player, name)), name


def test_no_prompt_is_written_in_code() -> None:
    """Longer prose in a model player belongs into its ``prompt.md``."""
    for path in sorted(Path(agents.__path__[0]).glob("*/model.py")):
        for text in re.findall(r'(?<!"")"([^"\n]{120,})"(?!"")', path.read_text()):
            pytest.fail(f"{path.name} of {path.parent.name}: {text[:60]}")
