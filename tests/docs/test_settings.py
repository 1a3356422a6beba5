"""docs/settings.md names every setting there is, under its real name, with its real default."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from agents.build import EnsembleSettings, RoleSettings
from agents.endpoints import ModelSettings
from api.settings import Settings, load_settings
from graphs.messages.server import MailSettings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(CONDUCTOR_[A-Z_]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    return {name: default for name, default, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))}


def shown(default: Any) -> str:
    """A default as the page writes it."""
    if default is PydanticUndefined:
        return "*(required for `model`)*"
    if default is None or default == "":
        return "*(empty)*"
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    if isinstance(default, frozenset):
        default = json.dumps(sorted(default))
    return f"`{default}`"


def fields(model: type[BaseModel], prefix: str) -> dict[str, str]:
    return {
        prefix + name.upper(): shown(field.get_default(call_default_factory=True, validated_data={}))
        for name, field in model.model_fields.items()
        if name not in {"models", "mail"} and not (model is RoleSettings and name == "model")
    }


def test_every_setting_is_documented_with_its_default() -> None:
    role = "CONDUCTOR_MODELS__ROLE__"
    real = fields(Settings, "CONDUCTOR_") | fields(RoleSettings, role) | fields(ModelSettings, role + "MODEL__")
    real |= fields(MailSettings, "CONDUCTOR_MAIL__")
    assert documented() == real


def test_the_roles_are_the_ones_that_can_be_set() -> None:
    named = re.search(r"There are four roles: (.+?)\. Put", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert named is not None
    assert set(re.findall(r"`([A-Z]+)`", named[1])) == {name.upper() for name in EnsembleSettings.model_fields}


def test_the_variables_work_as_they_are_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    given = {
        "CONDUCTOR_LANGUAGES": '["en", "de"]',
        "CONDUCTOR_MODELS__PERSONA__PLAYER": "model",
        "CONDUCTOR_MODELS__PERSONA__MODEL__BASE_URL": "http://127.0.0.1:9/v1/",
        "CONDUCTOR_MODELS__PERSONA__MODEL__MODEL": "some-model",
        "CONDUCTOR_MODELS__PERSONA__MODEL__STALL_SECONDS": "7",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
        assert re.sub("__PERSONA__", "__ROLE__", name) in documented()
    settings = load_settings()
    assert settings.languages == {"en", "de"}
    persona = settings.models.persona
    assert persona.player == "model"
    assert persona.model is not None
    assert (persona.model.base_url, persona.model.stall_seconds) == ("http://127.0.0.1:9/v1", 7)
    assert settings.models.author.player == "offline"
