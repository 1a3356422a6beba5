"""The author, played by a language model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pydantic import ValidationError

from agents.author import ChangeRequest, Draft, DraftOrder
from agents.author.reply import ScenarioReply
from agents.author.translating import Translated, translate
from agents.models import RoleModel
from agents.prompts import language_name, lines, load_prompt
from agents.provenance import Provenance
from agents.structured import ask
from evidence.fields import text_fields
from practice.scenario import Scenario
from strategy.charter import Charter

NO_CLAUSE = "generic"  # cited by a draft that was written without a charter

_SLOT = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
_SEEN_BEFORE = (
    "title", "setting", "learner_role", "learner_goal", "opening_line", "short_version", "safety_notes",
)  # fmt: skip
_GIVEAWAY_WORDS = 6  # this many words of a secret in a row, in a text the learner sees, give it away


class ModelAuthor:
    """Writes scenarios with a language model."""

    def __init__(self, model: RoleModel) -> None:
        self._model = self.model = model
        self._prompt = load_prompt("agents.author")

    async def draft(self, order: DraftOrder) -> Draft:
        """Write the first version, or revise; see ``agents.author.Author``."""
        values = {
            "language": language_name(order.brief.language),
            "charter": self._charter(order.charter),
            "brief": self._brief(order),
            "previous": json.dumps(ScenarioReply.written(order.previous), ensure_ascii=False, indent=1)
            if order.previous
            else "",
            "changes": "\n".join(self._change(change) for change in order.changes),
        }
        answer = await ask(
            self._model,
            self._prompt.messages(values),
            ScenarioReply,
            check=lambda reply: problems_of(reply, order),
            choices={"objectives[].clause_ids[]": sorted(_known_clauses(order.charter))},
        )
        return Draft(
            scenario=answer.value.scenario(order.brief),
            notes=answer.value.notes.strip(),
            unmet=tuple(text.strip() for text in answer.value.unmet if text.strip()),
            provenance=Provenance(
                player="model",
                model=self._model.settings.model,
                prompt_digest=self._prompt.digest,
                usage=answer.usage,
            ),
        )

    async def translate(self, scenario: Scenario, language: str) -> Translated:
        """Draft a translation; see ``agents.author.translating.Translator``."""
        return await translate(self._model, scenario, language)

    def _charter(self, charter: Charter | None) -> str:
        if charter is None:
            return ""
        head = f"{self._prompt.word('company')}: {charter.company}"
        return "\n".join([head, *(f"[{c.id}] ({c.kind.value.replace('_', ' ')}) {c.text}" for c in charter.clauses)])

    def _brief(self, order: DraftOrder) -> str:
        brief = order.brief
        named = {
            "skill": brief.skill,
            "audience": brief.audience,
            "situation": brief.situation,
            "difficulty": brief.difficulty.value,
            "language": language_name(brief.language),
            "worry": brief.worry,
        }
        return lines([(self._prompt.word(key), text) for key, text in named.items()])

    def _change(self, change: ChangeRequest) -> str:
        who = self._prompt.word("by alignment" if change.by == "alignment" else "by designer")
        about = f", {self._prompt.word('about')} {change.field}" if change.field else ""
        quoting = f', {self._prompt.word("quoting")} "{change.quote}"' if change.quote else ""
        return f"- {who}{about}{quoting}: {change.text}"


def problems_of(reply: ScenarioReply, order: DraftOrder) -> list[str]:
    """What keeps a reply from being a scenario of this order, in words for the model."""
    try:
        scenario = reply.scenario(order.brief)
    except ValidationError as error:
        return [f"{'.'.join(map(str, problem['loc'])) or 'the whole'}: {problem['msg']}" for problem in error.errors()]
    return [*_citations(scenario, order.charter), *_slots(scenario), *_giveaways(scenario)]


def _known_clauses(charter: Charter | None) -> frozenset[str]:
    return charter.clause_ids if charter else frozenset({NO_CLAUSE})


def _citations(scenario: Scenario, charter: Charter | None) -> Iterator[str]:
    known = _known_clauses(charter)
    for index, objective in enumerate(scenario.objectives):
        for clause_id in objective.clause_ids:
            if clause_id not in known:
                yield (
                    f"objectives.{index}.clause_ids: there is no clause '{clause_id}'; "
                    f"the clauses are {', '.join(sorted(known))}"
                )


def _slots(scenario: Scenario) -> Iterator[str]:
    content = scenario.content()
    content.pop("slots")
    used = {key for text in text_fields(content).values() for key in _SLOT.findall(text)}
    declared = {slot.key for slot in scenario.slots}
    for key in sorted(used - declared):
        yield f"slots: the texts use {{{key}}}, but no slot has this key"
    for key in sorted(declared - used):
        yield f"slots: no text uses {{{key}}}; use it where the detail stands, or leave the slot out"


def _giveaways(scenario: Scenario) -> Iterator[str]:
    content = scenario.content()
    seen = text_fields(content, _SEEN_BEFORE)
    decks = [("persona", scenario.persona), *((f"others[{i}]", each) for i, each in enumerate(scenario.others))]
    for where, person in decks:
        said = person.model_dump(mode="json", include={"stance", "objections", "small_talk", "closing"})
        seen |= {f"{where}.{path}": text for path, text in text_fields(said).items()}
        seen |= {f"{where}.concerns[{i}].cover": c.cover for i, c in enumerate(person.concerns)}
    runs = {place: _runs(text) for place, text in seen.items()}
    for where, person in decks:
        for index, concern in enumerate(person.concerns):
            for name, secret in (("fact", concern.fact), ("voiced", concern.voiced)):
                hidden = _runs(secret)
                for place, spoken in runs.items():
                    if hidden & spoken:
                        yield f"{place}: it gives away the {name} of {where}.concerns[{index}] before it is earned"


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + _GIVEAWAY_WORDS]) for i in range(len(words) - _GIVEAWAY_WORDS + 1)}
