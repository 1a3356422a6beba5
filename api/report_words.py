"""The judge's report card in sentences and cells, for the terminal, the HTML file and the README alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.figures import amount, duration, figure, number, share
from api.judge_words import TOO_FEW
from api.stress_words import KINDS, MUST
from api.wording import _
from strategy.statistics.agreement import TOO_FEW as NEEDED

CRITERION_COLUMNS = (
    _("Criterion"),
    _("Labels"),
    _("Same level"),
    _("AC2"),
    _("κ"),
    _("Left to people"),
    _("Enough?"),
)
KIND_COLUMNS = (_("Kind of text"), _("Same level"), _("Left to people"))
STRESS_COLUMNS = (_("Change"), _("What is done"), _("The level"), _("Did otherwise"))
_PLAYERS = {"offline": _("offline rules")}


def judge(report: Mapping[str, Any]) -> str:
    """Who judged."""
    who = report["judge"]
    return _PLAYERS.get(who["player"]) or _("the model {model}").format(model=who["model"])


def headline(report: Mapping[str, Any]) -> str:
    """The one plain sentence, on the held-out part."""
    held = report["held"]
    if not held["n"]:
        return _("The judge gave no level on any held-out label.")
    same = round(held["exact"]["estimate"] * held["n"])
    said = _("On held-out texts the judge gave our level in {same} of {n} cases, and left {left} to people.").format(
        same=same, n=held["n"], left=held["abstained"]
    )
    return said if held["enough"] else f"{said} {too_few(held['n'])}"


def too_few(n: int) -> str:
    """Fewer labels than it takes."""
    return _("That is {few}: {n}, and it takes {needed}.").format(few=TOO_FEW, n=n, needed=NEEDED)


def beyond_chance(report: Mapping[str, Any]) -> str:
    """The one figure, with its interval."""
    return _("Agreement beyond chance (AC2, 95 % interval): {ac2}. 1 is perfect, 0 is chance.").format(
        ac2=figure(report["held"]["ac2"])
    )


def details(report: Mapping[str, Any]) -> list[str]:
    """What the headline needs beside it: the share, the tune part, and what reading nothing would have got."""
    usual, tune = report["usual"], report["tune"]
    said = [
        _("Same level: {share}; whoever reads nothing and always says the usual level: {usual}, AC2 {ac2}.").format(
            share=share(report["held"]["exact"], of=True),
            usual=share(usual["exact"], of=True),
            ac2=number(usual["ac2"]),
        )
    ]
    if tune["n"]:
        said.append(
            _("On the texts that may be tuned on: same level {share}, AC2 {ac2}, left to people {left}.").format(
                share=share(tune["exact"], of=True), ac2=figure(tune["ac2"]), left=tune["abstained"]
            )
        )
    return said


def criterion_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every criterion on the held-out part, as cells of ``CRITERION_COLUMNS``."""
    return [_criterion_row(each) for each in report["held"]["criteria"]]


def kind_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every kind of held-out text, as cells of ``KIND_COLUMNS``."""
    return [_kind_row(each) for each in report["kinds"]]


def stress_rows(report: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Every kind of change, as cells of ``STRESS_COLUMNS``."""
    return [_stress_row(each) for each in report["stress"]["kinds"]]


def _criterion_row(found: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        found["criterion"],
        str(found["n"]),
        share(found["exact"]),
        figure(found["ac2"]),
        figure(found["kappa"]),
        str(found["abstained"]),
        _("yes") if found["enough"] else TOO_FEW,
    )


def _kind_row(found: Mapping[str, Any]) -> tuple[str, ...]:
    return _(found["kind"]), share(found["exact"], of=True), str(found["abstained"])


def confusion(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """How the judge's levels (rows) meet the labels (columns); the first row is the head."""
    levels: Sequence[str] = found["levels"]
    head = (_("judge \\ label"), *levels)
    return [head, *((key, *map(str, row)) for key, row in zip(levels, found["table"], strict=True))]


def _stress_row(found: Mapping[str, Any]) -> tuple[str, ...]:
    return found["id"], KINDS[found["id"]], MUST[found["must"]], share(found["wrong"], of=True)


def stressed(report: Mapping[str, Any]) -> str:
    """What was put under stress."""
    found = report["stress"]
    said = _("{pairs} changed questions on {texts} of the {all} texts; single kinds of change inform only.").format(
        pairs=f"{found['pairs']:,}", texts=found["texts"], all=report["texts"]
    )
    return said + " " + _("Where the level must drop: {taken}.").format(taken=taken_away(report))


def taken_away(report: Mapping[str, Any]) -> str:
    """What became of levels whose evidence was taken away: an abstention is told apart from a level that dropped."""
    found = report["stress"]["taken_away"]
    return _("{dropped} dropped, {left} left to people, {stayed} stayed").format(**found)


def steadiness(report: Mapping[str, Any]) -> str:
    """Whether it says the same again."""
    steady = report["steady"]
    if steady["by_rules"]:
        return _("Steadiness: it goes by rules, so the same question always has the same answer.")
    if steady["same"]["estimate"] is None:
        return _("Steadiness: every question was asked once, so nothing is known.")
    return _("Steadiness: all {k} answers to a question agree in {share} questions.").format(
        k=steady["samples"], share=share(steady["same"], of=True)
    )


def cost(report: Mapping[str, Any], currency: str) -> str:
    """What it took."""
    spent = report["cost"]
    said = _("Cost: {asked} questions asked, {known} known from before").format(
        asked=f"{spent['asked']:,}", known=f"{spent['known']:,}"
    )
    if spent["failed"]:
        said += _(", {failed} without a usable reply").format(failed=spent["failed"])
    if report["judge"]["player"] == "offline":
        return _("{said}; rules on this machine answered them: it cost nothing.").format(said=said)
    tokens = _("{said}; {calls} calls, {tokens} tokens").format(
        said=said, calls=f"{spent['calls']:,}", tokens=f"{spent['tokens']:,}"
    )
    return f"{tokens}, {amount(spent['cost'], currency)}." if spent["cost"] else f"{tokens}. {_('No price is set.')}"


def took(report: Mapping[str, Any]) -> str:
    """How long it took."""
    spent = report["time"]
    if spent["per_question"] is None:
        return _("Time: {all}.").format(all=duration(spent["seconds"]))
    return _("Time: {all}, {each:.1f} ms a question, many at once.").format(
        all=duration(spent["seconds"]), each=1000 * spent["per_question"]
    )


def caution(report: Mapping[str, Any]) -> str:
    """What the figures rest on."""
    return _("Labels: {by}. Your own people's labels tell more about your company than any example.").format(
        by=report["labelled_by"]
    )


def price(questions: int, about: tuple[int, int], most: tuple[int, int], currency: str) -> str:
    """What a report will take, before it is made; pairs are tokens and money."""
    said = _("At most about {n} questions").format(n=f"{questions:,}")
    tokens = _("{said}: about {about} tokens, at most {most}").format(
        said=said, about=f"{about[0]:,}", most=f"{most[0]:,}"
    )
    if not most[1]:
        return f"{tokens}. {_('No price is set for this model.')}"
    return _("{tokens}; about {cheap}, at most {dear}.").format(
        tokens=tokens, cheap=amount(about[1], currency), dear=amount(most[1], currency)
    )
