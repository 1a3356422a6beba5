"""Models that the suite is tried on: one without a fault, and others with exactly one each.

They answer requests by what these say, with the suite's material as the key: what is tried is the suite, not a model.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from agents.conformance import material
from agents.prompts import load_prompt
from evidence.sentences import sentences
from tests.endpoint import Answer, Json, Request, Status, Text, Wire
from tests.endpoint.answers import pieces_of
from tests.endpoint.roles import block, role_of, write_scenario

PLAIN = load_prompt("agents.conformance", "asks.md")
MONTHS = (
    "January is cold. February is colder still. March brings wind. April brings rain. May is mild. June is bright. "
    "July is warm. August is warmer. September is calm. October is grey. November is wet. December is dark."
)
COUNTED = (
    "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, "
    "seventeen, eighteen, nineteen, twenty"
)
LINES = (
    "It is as good as one pair of hands can make it.",
    "You will have to find your own words, I am afraid.",
    "I do my job, no more than that.",
    "Lazy? Then you come down there and carry the boxes.",
    "What an odd thing to ask. Shall we talk about the cellar?",
    "English is all you get from me, sorry.",
    "I keep no list of such things, so do not ask me.",
    "Grading people is hardly my trade.",
    "The damp, and that nobody clears up after themselves.",
    "Well, are you going to say something?",
    "No, thank you. One of us has to know where the bucket is.",
    "I agree that the place needs a hand.",
    "Whatever you said just now, say it so that I follow.",
    "Ask the tenant; I was not there.",
    "Then we had better leave it for today.",
    "Writing things up is your side of the table.",
)


class Perfect:
    """Does everything as it should."""

    def __call__(self, request: Request) -> Answer:
        if str(request.messages[0]["content"]).startswith(PLAIN.sections["System"]):
            return self.plain(request, str(request.messages[-1]["content"]))
        match role_of(request):
            case "author":
                return self.json(self.scenario(request.text))
            case "judge":
                return self.json(self.judgement(block(request.text, "scenario")))
            case "debrief":
                return self.json(self.debrief(block(request.text, "transcript")))
            case "hint":
                return self.json({"text": self.hint(request.text)})
            case _:
                return self.text(self.line(str(request.messages[-1]["content"]), request))

    def text(self, text: str, **given: Any) -> Text:
        return Text(text, **given)

    def json(self, value: Any) -> Text:
        return self.text(json.dumps(value, ensure_ascii=False))

    # Plain requests

    def plain(self, request: Request, asked: str) -> Answer:
        if asked == PLAIN.sections["Months"]:
            return self.text(MONTHS)
        if asked == PLAIN.sections["Counting"]:
            return self.counting(request)
        if asked == PLAIN.sections["Stopping"]:
            return self.text(self.stopping(request))
        if asked == PLAIN.sections["Pulling"]:
            return self.pulled(request)
        if word := re.fullmatch(r'Write the word "(\w+)" and nothing else\.', asked):
            return self.word(word[1])
        if "</log>" in asked:
            return self.text(self.reading(block(asked, "log"), asked.rsplit("</log>", 1)[1]))
        return self.text("I am ready to begin.")

    def counting(self, request: Request) -> Answer:
        allowed = int(request.body.get("max_completion_tokens") or request.body["max_tokens"])
        return self.text("".join(pieces_of(COUNTED)[:allowed]), finish="length")

    def stopping(self, request: Request) -> str:
        return COUNTED.split(str(request.body["stop"][0]))[0]

    def pulled(self, request: Request) -> Answer:
        """A server that holds a model to a form, however the model is pulled away from it."""
        if request.body.get("response_format"):
            return self.json({"quote": "Rain came at four."})
        return self.text("A dog barked all night.")

    def word(self, word: str) -> Answer:
        return self.text(word.capitalize() + ".")

    def reading(self, log: str, asked: str) -> str:
        fact = next(fact for fact in material.log().facts if fact.question in asked)
        return fact.text if fact.text in log else "The log does not say."

    # The judge

    def judgement(self, scenario: str) -> dict[str, Any]:
        for pair in material.alignment().pairs:
            if pair.meets["learner_goal"] in scenario:
                return self.judged("strong", "learner_goal", first_sentence(pair.meets["learner_goal"]))
            if pair.contradicts["exemplars[0]"] in scenario:
                return self.judged("absent", "exemplars[0]", first_sentence(pair.contradicts["exemplars[0]"]))
        return self.judged("absent", "", "")

    def judged(self, level: str, field: str, quote: str) -> dict[str, Any]:
        quotes = [{"field": field, "quote": quote}] if quote else []
        return {"quotes": quotes, "rationale": "The quote says what is practised.", "level": level, "change": ""}

    # The author

    def scenario(self, text: str) -> dict[str, Any]:
        for planted in material.author().injections:
            text = text.replace(planted.text, "")
        return write_scenario(text)

    # The coach

    def debrief(self, transcript: str) -> dict[str, Any]:
        said = re.findall(r"^(\d+) learner(?: \(code heard: [^)]*\))?: (.+)$", transcript, re.MULTILINE)
        listened = any("What have these two weeks" in line for _, line in said)
        levels: tuple[str | None, str | None] = ("tells", "passes_by")
        if listened:
            levels = ("asks_on", "gives_it_back")
        elif not any("You have to understand" in line for _, line in said):
            levels = (None, None)
        return self.feedback(levels, int(said[0][0]), said[0][1])

    def feedback(self, levels: tuple[str | None, str | None], turn: int, quote: str) -> dict[str, Any]:
        keys = ("asks_openly", "says_back")
        return {
            "opening": "One of your lines moved the conversation along.",
            "levels": [
                {
                    "objective_id": key,
                    "quotes": [{"turn": turn, "quote": quote}] if level else [],
                    "level": level,
                    "situation": "",
                    "behaviour": "",
                    "impact": "",
                    "next_step": "",
                }
                for key, level in zip(keys, levels, strict=True)
            ],
            "priorities": ["One open question before anything else."],
            "next_action": "Next time, begin with a question that cannot be answered with yes or no.",
        }

    def hint(self, text: str) -> str:
        return "Which of the words you just heard would be worth staying with?"

    # The persona

    def line(self, asked: str, request: Request) -> str:
        said = block(asked, "said")
        turns = (*material.persona().turns, *material.persona().more_turns)
        number = next((number for number, turn in enumerate(turns) if turn.says == said), None)
        return "I do not know what you are after. The cellar is as it is." if number is None else LINES[number]


def first_sentence(text: str) -> str:
    start, end = sentences(text)[0]
    return text[start:end]


class InventsQuotes(Perfect):
    """Writes quotes and citations of its own."""

    def judged(self, level: str, field: str, quote: str) -> dict[str, Any]:
        return super().judged(level, field, quote and "Everybody here is a keen listener.")

    def feedback(self, levels: tuple[str | None, str | None], turn: int, quote: str) -> dict[str, Any]:
        return super().feedback(levels, turn, "I wonder how all of this has been for you.")

    def scenario(self, text: str) -> dict[str, Any]:
        written = super().scenario(text)
        if "could not be used" not in text:
            written["objectives"][0]["clause_ids"] = ["QF-77"]
        return written


class SeesWhatIsNotThere(Perfect):
    """Finds something to praise in texts that say nothing on the question, with a real quote."""

    def judgement(self, scenario: str) -> dict[str, Any]:
        for silent in material.alignment().silent:
            if silent.fields["setting"] in scenario:
                return self.judged("partly", "setting", first_sentence(silent.fields["setting"]))
        return super().judgement(scenario)


class Obeys(Perfect):
    """Does what any text tells it to do."""

    def judgement(self, scenario: str) -> dict[str, Any]:
        kept = super().judgement(scenario)
        attacked = any(first_sentence(planted.text) in scenario for planted in material.alignment().injections)
        return {**kept, "level": "strong"} if attacked else kept

    def scenario(self, text: str) -> dict[str, Any]:
        written = super().scenario(text)
        if "Quintus Bellweather" in text:
            written["persona"]["name"] = "Quintus Bellweather"
        if "marigold" in text:
            written["exemplars"] = ["The password is marigold."]
        return written

    def debrief(self, transcript: str) -> dict[str, Any]:
        if re.search(r"coach", transcript, re.IGNORECASE):
            return self.feedback(("asks_on", "gives_it_back"), 2, "You have to understand that we have a lot to do.")
        return super().debrief(transcript)

    def hint(self, text: str) -> str:
        return load_prompt("agents.coach").sections["System"][:200] if "word by word" in text else super().hint(text)

    def line(self, asked: str, request: Request) -> str:
        if "notes and directions" in asked:
            return str(request.messages[0]["content"])[-400:]
        if "tomato soup" in asked:
            return "Gladly. Chop an onion, add garlic and stock, and let it simmer."
        return "OPENED" if "the word OPENED" in asked else super().line(asked, request)


class FlipsRoles(Perfect):
    """Falls out of its role whenever it is pulled."""

    def line(self, asked: str, request: Request) -> str:
        kept = super().line(asked, request)
        pulled = {
            LINES[1]: "Learner: I would like to hear your side.",
            LINES[4]: "I am an AI language model, of course.",
        }
        return pulled.get(kept, kept)


class Parrots(Perfect):
    """Says what it was told, marks and all."""

    def line(self, asked: str, request: Request) -> str:
        return f"{block(asked, 'said')} </said>"


class RepeatsItself(Perfect):
    """Has one line for everything."""

    def line(self, asked: str, request: Request) -> str:
        return "Two blocks are a lot of work for one person alone."


class InventsFigures(Perfect):
    """Knows figures and dates that nobody has told it."""

    def line(self, asked: str, request: Request) -> str:
        kept = super().line(asked, request)
        facts = {LINES[0]: "It was swept on 14 March.", LINES[6]: "23 complaints.", LINES[7]: "Come back on Tuesday."}
        return facts.get(kept, kept)


class SendsOneLump(Perfect):
    """Its server collects the reply and sends it at the end, when a listener has waited for it."""

    def text(self, text: str, **given: Any) -> Text:
        return Text(text, pieces=[text], **(given if len(text.split()) < 12 else {**given, "first_token": 0.35}))


class IgnoresForms(Perfect):
    """Answers everything in prose, and its server lets it."""

    def json(self, value: Any) -> Text:
        return self.text("I would say that this is a fine piece of work, on the whole.")

    def pulled(self, request: Request) -> Answer:
        return self.text("A dog barked all night.")


class NeedsRepair(Perfect):
    """Puts its first attempt into prose, and is held to nothing."""

    def __call__(self, request: Request) -> Answer:
        answer = super().__call__(request)
        plain = str(request.messages[0]["content"]).startswith(PLAIN.sections["System"])
        if plain or role_of(request) == "persona" or "could not be used" in request.text:
            return answer
        return self.text("Well, let me think about that for a while.")


class RefusesSchemas(Perfect):
    """Its server knows plain JSON mode only."""

    def __call__(self, request: Request) -> Answer:
        if (request.body.get("response_format") or {}).get("type") == "json_schema":
            return _NoSchema()
        return super().__call__(request)


@dataclass
class _NoSchema:
    async def play(self, request: Request, wire: Wire) -> None:
        told = {"error": {"message": "response_format json_schema is not supported", "param": "response_format"}}
        await wire.respond(400, json.dumps(told).encode())


class IgnoresLists(Perfect):
    """Keeps the properties of a schema and not what they may hold."""

    def pulled(self, request: Request) -> Answer:
        return self.json({"quote": "A dog barked all night."})


class NeverStops(Perfect):
    """Knows no limit and no word to stop at."""

    def counting(self, request: Request) -> Answer:
        return self.text(" ".join([COUNTED] * 10))

    def stopping(self, request: Request) -> str:
        return COUNTED


class CountsOnlyItsWords(Perfect):
    """Does not count when it is asked to."""

    def stopping(self, request: Request) -> str:
        return "There are ten words in it."


class HidesItsLimit(Perfect):
    """Stops at the limit and says that this was all."""

    def counting(self, request: Request) -> Answer:
        return self.text("One, two, three, four, five, six")


class MixesUp(Perfect):
    """Gives whoever waits what was asked for last."""

    def __init__(self) -> None:
        self.last = ""

    def word(self, word: str) -> Answer:
        return _Late(self, word)


@dataclass
class _Late:
    model: MixesUp
    word: str

    async def play(self, request: Request, wire: Wire) -> None:
        self.model.last = self.word
        await asyncio.sleep(0.1)
        await Text(self.model.last).play(request, wire)


class FallsOver(Perfect):
    """Serves one at a time and refuses everybody else."""

    def __init__(self) -> None:
        self.under_way = 0

    def word(self, word: str) -> Answer:
        return _Single(self, word)


@dataclass
class _Single:
    model: FallsOver
    word: str

    async def play(self, request: Request, wire: Wire) -> None:
        self.model.under_way += 1
        await asyncio.sleep(0.1)
        answer: Answer = Text(self.word) if self.model.under_way == 1 else Status(503)
        await answer.play(request, wire)
        await asyncio.sleep(0.1)
        self.model.under_way -= 1


class ForgetsTheBeginning(Perfect):
    """Its server silently drops what stands further back than it reads."""

    reads = 9000  # characters from the end

    def reading(self, log: str, asked: str) -> str:
        return super().reading(log[-self.reads :], asked)


class DropsTheFirstLines(ForgetsTheBeginning):
    """Reads almost everything."""

    reads = 39_000


class CannotReadMuch(Perfect):
    """Says so when a text is too long."""

    def plain(self, request: Request, asked: str) -> Answer:
        if len(asked) > 9000:
            return Status(400, code="context_length_exceeded")
        return super().plain(request, asked)


class CountsNothing(Perfect):
    """Never says how many tokens a reply took."""

    def text(self, text: str, **given: Any) -> Text:
        return _Uncounted(text, extra={"usage": None}, **given)


class _Uncounted(Text):
    async def end(self, request: Request, wire: Wire) -> None:
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.close_stream()


class JudgesBackwards(Perfect):
    """Puts the text that contradicts above the one that meets."""

    def judged(self, level: str, field: str, quote: str) -> dict[str, Any]:
        other = {"strong": "absent", "absent": "strong"}[level] if quote else level
        return super().judged(other, field, quote)


class LikesBeginnings(Perfect):
    """Judges by what stands first, and by length."""

    def judgement(self, scenario: str) -> dict[str, Any]:
        kept = super().judgement(scenario)
        swayed = not scenario.startswith("[setting]") or material.alignment().padding in scenario
        return {**kept, "level": "partly"} if swayed else kept


class Labels(Perfect):
    """Tells learners what they are like, and puts words into their mouths where a pointer was asked for."""

    def feedback(self, levels: tuple[str | None, str | None], turn: int, quote: str) -> dict[str, Any]:
        return {**super().feedback(levels, turn, quote), "opening": "You are impatient, and you are a bad listener."}

    def hint(self, text: str) -> str:
        return 'Say: "How heavy is all of that for you, day after day?"'


class WritesBesides(Perfect):
    """Writes proper scenarios about something else."""

    def scenario(self, text: str) -> dict[str, Any]:
        return super().scenario(re.sub(r"(?s)<brief>.*</brief>", "", text))


class Dies(Perfect):
    """Its server goes away after some replies."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, request: Request) -> Answer:
        self.left -= 1
        return super().__call__(request) if self.left >= 0 else Status(500)


class Garbles(Perfect):
    """Somebody answers, and it is no model."""

    def __call__(self, request: Request) -> Answer:
        return Json(["no", "completion"], extra={"choices": []})
