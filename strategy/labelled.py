"""A set of texts with the levels that people gave them, as a document: what a judge's report card is made on.

A label stands on the same ground as a judge's level: it is one of the criterion's levels, and where that level needs
evidence, it has a quote that stands in the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from evidence.fields import text_fields
from evidence.locate import Match
from evidence.plain_messages import did_you_mean
from evidence.yaml_documents import read_document, validated
from strategy.charter import Prose
from strategy.criteria import CriteriaSet, Criterion, Key, Scope
from strategy.labels import held_out
from strategy.sampling import find_quote, supports

_SCOPES = frozenset(scope.value for scope in Scope)
PLAIN, AUTHORED = "plain", "offline author's draft"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledLevel(_Part):
    """The level a person gave, why, and the passage it rests on, where the level needs one."""

    level: Key
    reason: Prose
    quote: str = Field(default="", max_length=2000)


class LabelledText(_Part):
    """A scenario's parts as a judge reads them, and the levels it should get; a criterion without a basis has none.

    ``family`` is shared by texts that differ in a few words: they are split and counted together. ``source`` says where
    a text comes from, if it was not written for the set; ``trap`` what it tempts a judge to; ``names`` are those of the
    people in it.
    """

    id: Key
    content: dict[str, Any]
    labels: dict[Key, LabelledLevel] = Field(min_length=1)
    family: Key | None = None
    source: Prose | None = None
    trap: Prose | None = None
    names: tuple[Prose, ...] = ()

    @property
    def work(self) -> str:
        """What figures are clustered and split by."""
        return self.family or self.id

    @property
    def kind(self) -> str:
        """What sort of text it is, in a few words."""
        return self.trap or (AUTHORED if self.source else PLAIN)

    def fields(self, criterion: Criterion) -> dict[str, str]:
        """The texts that the criterion reads, field → text, in the order of the content."""
        return text_fields(self.content, criterion.reads)


class LabelledSet(_Part):
    """Labelled texts on one company's criteria. ``company`` also salts the split into tune and held-out part."""

    company: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
    title: Prose
    labelled_by: Prose
    language: str = "en"
    texts: tuple[LabelledText, ...] = Field(min_length=1, max_length=500)

    def is_held_out(self, text: LabelledText) -> bool:
        """Whether a text's labels are for measuring only."""
        return held_out(text.work, self.company)


class Paraphrase(_Part):
    """A passage in other words that mean the same."""

    passage: Prose
    paraphrase: Prose


class ParaphraseSet(_Part):
    """Paraphrases that a person has read and found to mean the same."""

    company: str
    approved_by: Prose
    pairs: tuple[Paraphrase, ...] = Field(min_length=1, max_length=500)


def load_labelled(text: str, name: str, criteria: CriteriaSet) -> LabelledSet:
    """Read a labelled set.

    Args:
        text: the YAML document.
        name: its file name, for messages.
        criteria: on which the labels were given.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no labelled set; two texts share an id; a label names no criterion or level, or lacks a
            quote that stands in what the criterion reads. Every problem is named by line.
    """
    document = read_document(text, name)
    found = validated(document, LabelledSet)
    twice = {each for each, count in Counter(text.id for text in found.texts).items() if count > 1}
    for number, each in enumerate(found.texts):
        if each.id in twice:
            document.complain(("texts", number, "id"), f"two texts are called '{each.id}'")
        for part in sorted(each.content.keys() - _SCOPES):
            hint = did_you_mean(part, sorted(_SCOPES))
            document.complain(("texts", number, "content", part), f"no criterion can read '{part}'.{hint}")
        for criterion_id in each.labels:
            for where, problem in _problems(each, criterion_id, criteria):
                document.complain(("texts", number, "labels", criterion_id, *where), problem)
    document.refuse_if_wrong()
    return found


def load_paraphrases(text: str, name: str, labelled: LabelledSet) -> ParaphraseSet:
    """Read approved paraphrases.

    Args:
        text: the YAML document.
        name: its file name, for messages.
        labelled: in whose texts the passages stand, word for word.

    Raises:
        TooLarge: the document is over the limit.
        InvalidInput: it is no set of paraphrases, a passage stands nowhere, or a paraphrase changes nothing.
    """
    document = read_document(text, name)
    found = validated(document, ParaphraseSet)
    if found.company != labelled.company:
        document.complain(("company",), f"the labelled texts are those of '{labelled.company}'")
    there = [value for each in labelled.texts for value in text_fields(each.content).values()]
    for number, pair in enumerate(found.pairs):
        if not any(pair.passage in value for value in there):
            document.complain(("pairs", number, "passage"), "this passage stands in no labelled text, word for word")
        if " ".join(pair.passage.split()).casefold() == " ".join(pair.paraphrase.split()).casefold():
            document.complain(("pairs", number, "paraphrase"), "it says the same in the same words")
    document.refuse_if_wrong()
    return found


def _problems(text: LabelledText, criterion_id: str, criteria: CriteriaSet) -> Iterator[tuple[tuple[str, ...], str]]:
    label, criterion = text.labels[criterion_id], criteria.criterion(criterion_id)
    if criterion is None:
        there = [each.id for each in criteria.criteria]
        yield (), f"there is no criterion '{criterion_id}'.{did_you_mean(criterion_id, there)}"
        return
    keys = [level.key for level in criterion.levels]
    level = criterion.level(label.level)
    if level is None:
        yield ("level",), f"'{label.level}' is no level of '{criterion_id}': it has {', '.join(keys)}"
        return
    fields = text.fields(criterion)
    if not fields:
        read = ", ".join(scope.value for scope in criterion.scope)
        yield (), f"the text has nothing that '{criterion_id}' reads ({read})"
        return
    if not label.quote:
        if level.needs_evidence:
            yield (), f"the level '{label.level}' needs a quote"
        return
    evidence = find_quote(label.quote, "", fields)
    if evidence.status is Match.ABSENT:
        yield ("quote",), f"these words do not stand in what '{criterion_id}' reads of this text"
    elif not supports(evidence):
        yield ("quote",), "the quote is too short to show anything"
