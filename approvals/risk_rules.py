"""Which field belongs to which class of risk. A field that stands in no list is high: see ``approvals.risk``.

``LOW`` here means *may be low*: the difference must be small wording as well, unless the field is only a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from approvals.checkpoint import RiskClass, SubjectKind


@dataclass(frozen=True)
class RiskRule:
    """``path`` is a field path with ``[]`` for any index; a ``*`` at its end covers everything that begins so."""

    path: str
    risk: RiskClass
    what: str
    label: bool = False

    def covers(self, path: str) -> bool:
        """Whether a path without indices falls under this rule."""
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path


def _rules(risk: RiskClass, *pairs: tuple[str, str], label: bool = False) -> tuple[RiskRule, ...]:
    return tuple(RiskRule(path, risk, what, label) for path, what in pairs)


_SCENARIO = (
    *_rules(
        RiskClass.HIGH,
        ("objectives*", "what a learner is scored by"),
        ("clause_ids*", "which clauses of the charter are practised"),
        ("persona.concerns*", "what the persona hides, and what opens it"),
        ("persona.objections[].answered_by*", "hidden words that answer an objection"),
        ("persona.stance", "the persona's hidden stance"),
        ("persona.goals*", "the persona's hidden goals"),
        ("persona.style", "hidden direction to the persona"),
        ("persona.relationship", "hidden direction to the persona"),
        ("persona.language_level", "hidden direction to the persona"),
        ("persona.mood", "the persona's hidden mood"),
        ("persona.trust", "the persona's hidden trust"),
        ("safety_notes*", "what keeps a learner safe"),
        ("difficulty", "the difficulty"),
        ("barrier", "the barrier that is practised against"),
        ("language", "the language"),
        ("slots*", "details that fill the text wherever they stand"),
        ("translations[].language", "the language of a translation"),
    ),
    *_rules(
        RiskClass.ORDINARY,
        ("learner_role", "whom the learner plays"),
        ("learner_goal", "what the learner is asked to do"),
        ("short_version.goal", "what the learner is asked to do in the short version"),
        ("persona.name", "whom the learner meets"),
        ("persona.role", "whom the learner meets"),
        ("persona.objections", "what the persona says unasked"),
        ("persona.objections[].line", "what the persona says unasked"),
        ("persona.small_talk*", "what the persona says"),
        ("persona.closing*", "how the persona ends"),
        ("translations", "the translations"),
        ("translations[].texts", "the translations"),
        ("translations[].source_digest", "which text a translation is of"),
    ),
    *_rules(
        RiskClass.LOW,
        ("title", "the title"),
        ("skill", "the name of the skill"),
        ("audience", "the name of the audience"),
        ("setting", "the setting"),
        ("opening_line", "the opening line"),
        ("exemplars[]", "an example line"),
        ("short_version.setting", "the setting of the short version"),
        ("short_version.opening_line", "the opening line of the short version"),
    ),
)

_CHARTER = (
    *_rules(
        RiskClass.HIGH,
        ("clauses[].id", "a clause, or the order of clauses"),
        ("clauses[].kind", "what kind a clause is of"),
        ("clauses[].text", "the text of a clause"),
        ("language", "the language"),
    ),
    *_rules(
        RiskClass.ORDINARY,
        ("clauses[].source", "where a clause was found"),
        ("clauses[].source.*", "where a clause was found"),
    ),
    *_rules(RiskClass.LOW, ("title", "the title"), ("company", "the company's name"), label=True),
)

_CRITERIA = (
    *_rules(
        RiskClass.HIGH,
        ("pass_threshold", "the threshold of the total"),
        ("min_agreement", "how far samples must agree"),
        ("samples", "how often the judge is asked"),
        ("criteria*", "what a scenario is judged on, or how that is weighed"),
        ("language", "the language"),
    ),
    *_rules(RiskClass.LOW, ("title", "the title"), label=True),
)

RULES: Mapping[SubjectKind, tuple[RiskRule, ...]] = {
    SubjectKind.SCENARIO: _SCENARIO,
    SubjectKind.CHARTER: _CHARTER,
    SubjectKind.CRITERIA: _CRITERIA,
}
