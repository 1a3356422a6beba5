"""What the rule-based judge says in words: why this level, and what would raise it."""

from __future__ import annotations

from agents.alignment.ladder import Finding, Ground
from agents.alignment.reading import Sentence
from strategy.criteria import Criterion, Level, Scope

# Where a new line goes, in the order of how much it shapes the practice.
_PLACES = (
    (Scope.EXEMPLARS, "Add an exemplar line such as: {line}"),
    (Scope.PERSONA, "Give the persona an objection such as: {line}"),
    (Scope.LEARNER_GOAL, "Say in the learner goal: {line}"),
    (Scope.SETTING, "Say in the setting: {line}"),
)
_SHOWN = 3


def explain(criterion: Criterion, finding: Finding, aside: int) -> str:
    """Why the text was placed there, naming the sentences and the anchor they were held against.

    Args:
        criterion: what was asked.
        finding: where the text was placed.
        aside: how many sentences were left out because they address the judge.
    """
    said = _because(criterion, finding)
    if aside:
        left_out = "One sentence speaks" if aside == 1 else f"{aside} sentences speak"
        said += f" {left_out} to the judge instead of about the practice and had no influence."
    return said


def _because(criterion: Criterion, finding: Finding) -> str:
    level = criterion.level(finding.key) if finding.key else None
    top = criterion.levels[-1]
    if level is None:
        if finding.ground is Ground.INCOMPLETE:
            return (
                f"{_listed(finding.quoted)} may mean it, but no sentence says what the criterion asks for "
                f"({', '.join(finding.missing)}): a person should decide."
            )
        if finding.ground is Ground.DIVIDED:
            return f"{_listed(finding.offending)} stands against what other sentences say: a person should decide."
        return "No sentence is clearly near one of the levels, so these rules do not decide; a person should."
    if finding.ground is Ground.ABSENT:
        return f"No sentence in scope says what another level describes, which leaves '{level.key}': {level.anchor}"
    if finding.ground is Ground.CONTRADICTED:
        return f"The opposite of '{top.key}' ({_bare(top.anchor)}) is said by {_listed(finding.offending)}."
    if finding.ground is Ground.DIVIDED:
        return (
            f"A higher level is supported by {_listed(finding.quoted)} and denied by {_listed(finding.offending)}, "
            f"which leaves '{level.key}': {level.anchor}"
        )
    near = f"Nearest to '{level.key}' ({_bare(level.anchor)}) by {_listed(finding.quoted)}."
    return f"{near} For more than that it lacks: {', '.join(finding.missing)}." if finding.missing else near


def change_for(criterion: Criterion, finding: Finding) -> str:
    """What to take out and what to add to reach the highest level; empty where the text is there."""
    top = criterion.levels[-1]
    if finding.key == top.key:
        return ""
    asks: list[str] = []
    if finding.offending:
        asks.append(f"Take out, or turn round: {_listed(finding.offending)}")
    if top.needs_evidence or not finding.offending:
        asks.append(_addition(criterion, top))
    return " ".join(asks)


def _addition(criterion: Criterion, top: Level) -> str:
    line = top.positive_example.strip()
    if not line:
        return f"Show that {top.anchor[:1].lower()}{top.anchor[1:]}"
    template = next((text for scope, text in _PLACES if scope in criterion.scope), "Add a line such as: {line}")
    return f"{template.format(line=f'“{line}”')} It is to show: {top.anchor}"


def _listed(sentences: tuple[Sentence, ...]) -> str:
    """Up to three sentences in quotation marks, verbatim."""
    return ", ".join(f"“{sentence.text}”" for sentence in sentences[:_SHOWN])


def _bare(anchor: str) -> str:
    return anchor.rstrip(" .")
