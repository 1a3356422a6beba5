"""What the portfolio and a comparison with generic drafts say, for pages and terminal alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.figures import number, plain
from api.wording import _

if TYPE_CHECKING:
    from graphs.portfolio import Portfolio


def told(found: Portfolio) -> list[str]:
    """The portfolio in sentences, the plainest first."""
    count = len(found.scenarios)
    if not count:
        return [_("Nothing is signed yet, so there is nothing to compare.")]
    if count == 1 or found.vendi is None:
        return [_("One scenario is signed; a portfolio begins with the second.")]
    said = [
        _("%(count)s signed scenarios, as varied as %(n)s that have nothing in common.")
        % {"count": count, "n": f"{found.vendi:.1f}"}
    ]
    if found.same == 1:
        near = found.nearest[0]
        said.append(_("“%(a)s” and “%(b)s” are nearly the same.") % {"a": near.first, "b": near.second})
    elif found.same:
        said.append(_("%(n)s pairs are nearly the same.") % {"n": found.same})
    if found.left_out:
        said.append(_("%(n)s older ones are left out.") % {"n": found.left_out})
    return said


def compared(result: Mapping[str, Any]) -> list[str]:
    """A comparison with generic drafts in sentences, the plainest first."""
    drafts, distance = int(result["drafts"]), float(result["distance"])
    generic = [float(each) for each in result["generic_distances"]]
    said = [
        _("From %(n)s written for the same brief without the charter, this text is %(distance)s apart.")
        % {
            "n": _("one generic draft") if drafts == 1 else _("%(n)s generic drafts") % {"n": drafts},
            "distance": f"{round(100 * distance)} %",
        }
    ]
    if drafts > 1:
        said.append(
            _("Those lie %(low)s to %(high)s apart from the rest.")
            % {"low": f"{round(100 * min(generic))} %", "high": f"{round(100 * max(generic))} %"}
        )
    if result["p"] is not None:
        said.append(_("A text as far out is found by chance with p = %(p)s.") % {"p": f"{result['p']:.2f}"})
    elif result["by_rules"]:
        said.append(_("Rules write the same generic draft every time, so there is one, and no p-value."))
    else:
        said.append(_("It takes 19 generic drafts for a p-value."))
    relevance, usual = float(result["relevance"]), float(result["generic_relevance"])
    said.append(
        (
            _("It keeps to the brief as generic drafts do (%(own)s beside %(usual)s).")
            if relevance >= 0.75 * usual
            else _(
                "It keeps less to the brief than generic drafts do (%(own)s beside %(usual)s): part of the distance."
            )
        )
        % {"own": number(relevance), "usual": number(usual)}
    )
    said.append(_("Code has found %(n)s passages in it that serve the strategy.") % {"n": result["quotes"]})
    if result["lift"] is not None:
        said.append(
            _("The charter lifts it by %(lift)s on your criteria.") % {"lift": number(result["lift"], sign=True)}
        )
    flat = [each["criterion_id"] for each in result["lifts"] if each["distinguishes"] is False]
    if flat:
        said.append(
            _("Generic drafts meet these criteria as well, so they do not tell you from others: %(which)s.")
            % {"which": ", ".join(plain(each) for each in flat)}
        )
    return said
