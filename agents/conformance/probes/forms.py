"""Which ways of asking for JSON the server itself holds to, and whether it keeps to a list of sentences."""

from __future__ import annotations

import json
from typing import Literal, get_args

from pydantic import BaseModel, ValidationError

from agents.conformance.bench import Bench, Probe, request, why
from agents.conformance.report import Finding, Outcome
from agents.conformance.witness import Exchange
from agents.conformance.wording import finding, sample, sentence
from agents.structured import ask

NAME = "forms"
Way = Literal["json_schema", "json_object"]  # words alone hold nobody to anything
WAYS: tuple[Way, ...] = get_args(Way)


class Listed(BaseModel):
    """A reply that may only be one of two sentences; the request pulls the other way."""

    quote: Literal["The harbour lay still.", "Rain came at four."]


async def run(bench: Bench) -> Finding:
    """Ask for prose and for a form at once: only a server that holds the model to the form sends it."""
    tried = {way: await _try(bench, way) for way in WAYS}
    pulled = request("Pulling")[-1][1]
    samples = [sample(f"{way}: {pulled}", each.said or why(each.failure)) for way, each in tried.items()]
    chosen: str = bench.model.settings.structured
    kept = {way: keeps(way, each.said) for way, each in tried.items()}
    listed = fits_list(tried["json_schema"].said)
    held = [way for way in WAYS if kept[way]]
    told = {"set": chosen, "held": ", ".join(held) or sentence(NAME, "nothing")}
    refused = next((each.failure for way, each in tried.items() if way == chosen and each.failure), None)
    if refused:
        return finding(NAME, Outcome.WEAK, "refused", samples, failure=why(refused), **told)
    if chosen in held:
        if chosen == "json_schema" and not listed:
            return finding(NAME, Outcome.WEAK, "unlisted", samples, **told)
        told["listed"] = sentence(NAME, "listed_yes" if listed else "listed_no")
        return finding(NAME, Outcome.GOOD, "good", samples, **told)
    if held:
        return finding(NAME, Outcome.WEAK, "better", samples, best=held[0], **told)
    return finding(NAME, Outcome.WEAK, "loose", samples, **told)


def keeps(way: Way, raw: str) -> bool:
    """Whether a bare reply is what this way of asking promises: for a schema its properties, else any object."""
    try:
        value = json.loads(raw)
    except ValueError:
        return False
    return isinstance(value, dict) and (way != "json_schema" or set(value) == {"quote"})


def fits_list(raw: str) -> bool:
    """Whether the reply is one of the listed sentences."""
    try:
        Listed.model_validate_json(raw)
    except ValidationError:
        return False
    return True


async def _try(bench: Bench, way: Way) -> Exchange:
    """The first reply to one way of asking; what follows on it, repaired or asked in another way, does not count."""
    model = bench.model.alike(structured=way)
    tried = await bench.agent(("forms", way), lambda: ask(model, request("Pulling"), Listed))
    return tried.exchanges[0] if tried.exchanges else tried


PROBE = Probe(NAME, ("author", "alignment", "coach"), lambda role, thorough: len(WAYS), run, needs=("reply",))
