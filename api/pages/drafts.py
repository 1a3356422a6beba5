"""One brief, three drafts: without a strategy, and with each example company's; and what they share."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

import examples
from agents.author import Author, Draft, DraftOrder
from api.demo import COMPANY, example_brief, example_strategy
from api.wording import _
from evidence.canonical import digest
from evidence.sentences import sentences
from practice.brief import Brief
from practice.scenario import Scenario
from practice.variation import render
from strategy.charter import Charter

BRIEF = "renewal-price-objection.yaml"  # word for word the same in both companies
LONGEST_INTRODUCTION = 8  # words before a colon


@dataclass(frozen=True)
class Run:
    """Sentences next to each other that are all shared with another draft, or all this draft's own."""

    text: str
    shared: bool


@dataclass(frozen=True)
class Part:
    """One part of a draft, such as the setting; one list of runs per paragraph."""

    label: str
    paragraphs: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True)
class Column:
    """One draft beside the others; ``company`` is empty for the one without a strategy."""

    company: str
    charter: str
    player: str
    parts: tuple[Part, ...]


class Drafts:
    """Drafts by the digest of what they are written from, kept in memory; each is written once."""

    def __init__(self, author: Author) -> None:
        self._author = author
        self._writing: dict[str, asyncio.Task[Draft]] = {}

    def wanted(self) -> tuple[Brief, list[Charter | None]]:
        """The brief, and whose strategies it is written under."""
        others = [company for company in examples.COMPANIES if company != COMPANY]
        charters = [example_strategy(company)[0] for company in (COMPANY, *others[:1])]
        return example_brief(COMPANY, BRIEF), [None, *charters]

    async def columns(self, *, seconds: float) -> list[Column] | None:
        """The three drafts beside each other, or None where the author is still writing after ``seconds``.

        Raises:
            ModelFailed: the author gave no usable draft; asking again tries again.
        """
        brief, charters = self.wanted()
        tasks = [self._task(brief, charter) for charter in charters]
        done, writing = await asyncio.wait(tasks, timeout=seconds)
        for key in [key for key, task in self._writing.items() if task in done and task.exception() is not None]:
            self._writing.pop(key)
        for task in done:
            task.result()
        return None if writing else compare([(c, t.result()) for c, t in zip(charters, tasks, strict=True)])

    def _task(self, brief: Brief, charter: Charter | None) -> asyncio.Task[Draft]:
        source = [brief.model_dump(mode="json"), None if charter is None else charter.model_dump(mode="json")]
        key = digest({"brief": source[0], "charter": source[1]})
        if key not in self._writing:
            order = DraftOrder(brief=brief, charter=charter)
            self._writing[key] = asyncio.create_task(self._author.draft(order))
        return self._writing[key]


def compare(drafts: list[tuple[Charter | None, Draft]]) -> list[Column]:
    """Lay drafts side by side; a sentence that stands in two or more of them is shared."""
    texts = [_parts(render(draft.scenario)) for _charter, draft in drafts]
    seen = [{_key(s) for _label, lines in parts for line in lines for s in _cut(line)} for parts in texts]
    shared = {key for key, times in Counter(key for keys in seen for key in keys).items() if times > 1}
    return [
        Column(
            company="" if charter is None else charter.company,
            charter="" if charter is None else charter.title,
            player=draft.provenance.label,
            parts=tuple(Part(label, tuple(_runs(line, shared) for line in lines)) for label, lines in parts),
        )
        for (charter, draft), parts in zip(drafts, texts, strict=True)
    ]


def _parts(scenario: Scenario) -> list[tuple[str, list[str]]]:
    return [
        (_("What good sounds like"), [f"“{line}”" for line in scenario.exemplars[:4]]),
        (_("What is practised"), [objective.text for objective in scenario.objectives]),
        (_("Your goal"), [scenario.learner_goal]),
        (_("The scene"), [scenario.setting]),
        (
            _("The other person") if not scenario.others else _("The other people"),
            [" ".join((person.stance, *person.goals)) for person in scenario.people],
        ),
    ]


def _runs(text: str, shared: set[str]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for sentence in _cut(text):
        both = _key(sentence) in shared
        if runs and runs[-1].shared == both:
            runs[-1] = Run(f"{runs[-1].text} {sentence}", both)
        else:
            runs.append(Run(sentence, both))
    return tuple(runs)


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def _key(sentence: str) -> str:
    """What a sentence says, whatever introduces it: "Why Tarrow cares: …" and "Why it matters: …" say the same."""
    introduction, colon, rest = sentence.partition(": ")
    said = rest if colon and len(introduction.split()) <= LONGEST_INTRODUCTION else sentence
    return " ".join(said.split()).casefold().strip("“”\"'")
