"""From settings to an ensemble: per role a language model or the offline rules, imported only where they play."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.alignment import Alignment
from agents.author import Author
from agents.coach import Coach
from agents.endpoints import ModelSettings, Role
from agents.ensemble import Ensemble
from agents.local import SLOTS
from agents.metering import Meter
from agents.models import RoleModel
from agents.persona import Persona
from agents.traffic import Traffic


class RoleSettings(BaseModel):
    """Who plays one role; ``model`` is needed where ``player`` is ``model``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    player: Literal["offline", "model"] = "offline"
    model: ModelSettings | None = None

    @model_validator(mode="after")
    def _has_its_model(self) -> RoleSettings:
        if self.player == "model" and self.model is None:
            raise ValueError("the player is 'model', so the model's base_url and name must be set too, or its gguf")
        return self


class EnsembleSettings(BaseModel):
    """Who plays the four roles. Without any setting all of them are played offline."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    author: RoleSettings = Field(default_factory=RoleSettings)
    alignment: RoleSettings = Field(default_factory=RoleSettings)
    persona: RoleSettings = Field(default_factory=RoleSettings)
    coach: RoleSettings = Field(default_factory=RoleSettings)


def speechless(settings: EnsembleSettings, language: str) -> tuple[str, ...]:
    """The roles that cannot be played in a language, because rules play them that do not speak it.

    Args:
        settings: who plays each role.
        language: such as ``fr``.
    """
    from agents.author.archetypes import languages as author
    from agents.coach.phrases import LANGUAGES as COACH
    from agents.persona.phrases import LANGUAGES as PERSONA

    spoken = {"author": author(), "persona": PERSONA, "coach": COACH}
    base = language.split("-")[0].lower()
    return tuple(
        role for role, known in spoken.items() if getattr(settings, role).player == "offline" and base not in known
    )


def build_ensemble(settings: EnsembleSettings, meter: Meter | None = None) -> Ensemble:
    """Build the four players.

    Args:
        settings: who plays each role.
        meter: keeps ledger and budgets; without one nothing is counted.
    """
    traffic = Traffic()

    def model(role: Role) -> RoleModel | None:
        chosen: RoleSettings = getattr(settings, role)
        if chosen.player == "offline" or chosen.model is None:
            return None
        return RoleModel(_in_its_lane(chosen.model, settings), role, meter=meter, traffic=traffic)

    return Ensemble(
        author=_author(model("author")),
        alignment=_alignment(model("alignment")),
        persona=_persona(model("persona")),
        coach=_coach(model("coach")),
    )


def local_models(settings: EnsembleSettings) -> list[ModelSettings]:
    """The models that files on this machine play, one for each role that has one."""
    chosen: list[RoleSettings] = [getattr(settings, role) for role in get_args(Role)]
    return [
        each.model
        for each in chosen
        if each.player == "model" and each.model is not None and each.model.gguf is not None
    ]


def _in_its_lane(model: ModelSettings, settings: EnsembleSettings) -> ModelSettings:
    """Share out what a file on this machine can do at once among the roles that it plays; the rest waits in lanes."""
    if model.gguf is None:
        return model
    roles = sum(each.gguf == model.gguf for each in local_models(settings))
    share = max(1, SLOTS // max(1, roles))
    return model.model_copy(update={"concurrency": min(model.concurrency, share)})


def _author(model: RoleModel | None) -> Author:
    if model:
        from agents.author.model import ModelAuthor

        return ModelAuthor(model)
    from agents.author.offline import OfflineAuthor

    return OfflineAuthor()


def _alignment(model: RoleModel | None) -> Alignment:
    if model:
        from agents.alignment.model import ModelAlignment

        return ModelAlignment(model)
    from agents.alignment.offline import OfflineAlignment

    return OfflineAlignment()


def _persona(model: RoleModel | None) -> Persona:
    if model:
        from agents.persona.model import ModelPersona

        return ModelPersona(model)
    from agents.persona.offline import OfflinePersona

    return OfflinePersona()


def _coach(model: RoleModel | None) -> Coach:
    if model:
        from agents.coach.model import ModelCoach

        return ModelCoach(model)
    from agents.coach.offline import OfflineCoach

    return OfflineCoach()
