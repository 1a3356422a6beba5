from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from agents.author import DraftOrder
from agents.build import EnsembleSettings, RoleSettings, build_ensemble
from tests.agents.material import BRIEF, CHARTER, CUE, QUESTION, settings
from tests.endpoint import Endpoint


def test_without_settings_everybody_plays_offline() -> None:
    ensemble = build_ensemble(EnsembleSettings())
    assert ensemble.persona.provenance.label == "offline rules"
    assert ensemble.alignment.deterministic
    assert ensemble.alignment.identity()["player"] == "offline"


async def test_each_role_has_its_own_model(endpoint: Endpoint) -> None:
    roles = {
        name: RoleSettings(player="model", model=settings(endpoint, model=f"{name}-model"))
        for name in ("author", "alignment", "persona")
    }
    ensemble = build_ensemble(EnsembleSettings.model_validate(roles))
    await ensemble.author.draft(DraftOrder(brief=BRIEF, charter=CHARTER))
    await ensemble.alignment.judge(QUESTION, 0)
    assert [piece async for piece in ensemble.persona.speak(CUE)]
    assert [request.body["model"] for request in endpoint.asked] == ["author-model", "alignment-model", "persona-model"]
    assert type(ensemble.coach).__name__ == "OfflineCoach"


def test_a_model_player_needs_a_model() -> None:
    with pytest.raises(ValidationError, match="base_url and name must be set"):
        RoleSettings(player="model")


def test_building_imports_no_client_library() -> None:
    """LangChain and the client are most of a slow start; they are imported when a model is first asked."""
    code = (
        "import sys; from agents.build import *; from agents.endpoints import ModelSettings; "
        "from agents.tracing import configure_tracing; "
        "configure_tracing(None); "
        "model = RoleSettings(player='model', model=ModelSettings(base_url='http://x/v1', model='m')); "
        "build_ensemble(EnsembleSettings(author=model, alignment=model, persona=model, coach=model)); "
        "slow = ('langchain_core', 'langchain_openai', 'openai', 'langsmith', 'sklearn'); "
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
