"""Briefs and charters that the offline author was not written on, and short ways to order from it."""

from __future__ import annotations

from agents.author import ChangeRequest, Draft, DraftOrder
from agents.author.offline import OfflineAuthor
from practice.brief import Brief, Difficulty
from practice.scenario import Scenario
from strategy.charter import Charter


def brief(skill: str, audience: str, situation: str, worry: str = "", difficulty: str = "realistic") -> Brief:
    return Brief(skill=skill, audience=audience, situation=situation, worry=worry, difficulty=Difficulty(difficulty))


FRESH = {
    "giving_feedback": brief(
        "Telling a teammate that their code reviews hurt",
        "Senior developers",
        "Reviews by a brilliant engineer are so sharp that juniors stop asking. Someone has to tell him.",
        "Good people leave because nobody speaks to them early.",
    ),
    "receiving_feedback": brief(
        "Taking criticism well",
        "Ward managers",
        "An apprentice wants to tell her ward manager that the handover rounds feel like an exam.",
        "Nobody dares to tell managers anything.",
        "gentle",
    ),
    "price_objection": brief(
        "Standing up for our fees",
        "Tax advisers",
        "The owner of a bicycle shop finds the yearly fee too expensive and wants twenty percent off.",
        "We give rebates nobody asked for twice.",
        "demanding",
    ),
    "missed_deadline": brief(
        "Addressing an overdue task",
        "Editors",
        "A freelance translator is eight days late with a chapter, and the printer is waiting.",
    ),
    "angry_customer": brief(
        "De-escalating at the counter",
        "Ferry staff",
        "The evening ferry was cancelled. A passenger with two small children is shouting at the desk.",
        "Colleagues at the counter burn out.",
        "demanding",
    ),
    "discovery_call": brief(
        "Understanding what a client needs",
        "Architects",
        "A couple comes for a first meeting and already has a sketch of the house they want.",
        "We draw before we know whom for.",
    ),
    "delegation": brief(
        "Letting go of work",
        "New department heads",
        "The newsletter has always been written by the head. Now a junior editor, Petra, is to take over the task.",
        "Heads work weekends, teams wait.",
        "gentle",
    ),
    "bad_news": brief(
        "Announcing a cancelled project",
        "Research leads",
        "The funding for the sensor project was cut. The project lead, who has built it for years, does not know yet.",
        "Rumours are faster than we are.",
        "demanding",
    ),
    "peer_conflict": brief(
        "Clearing the air with a colleague",
        "Shift leads in logistics",
        "Since a sharp e-mail about late pallets, two shift leads avoid each other. Handovers are full of tension.",
        "Customers feel it first.",
    ),
    "saying_no_upward": brief(
        "Saying no to my boss",
        "Project engineers",
        "My boss wants to add a feature two days before release.",
        "We ship what nobody has tested.",
    ),
    "first_week": brief(
        "Welcoming a new apprentice",
        "Master electricians",
        "It is the end of the first week for a new apprentice who says little and nods a lot.",
        "A third of apprentices leave in the first year.",
        "gentle",
    ),
    "speaking_up": brief(
        "Admitting an error in time",
        "Pharmacy assistants",
        "A pharmacy assistant notices at noon that she handed out the wrong strength and has to tell the pharmacist.",
        "Errors come to light too late.",
    ),
    "career_talk": brief(
        "Promotion conversation",
        "Bank branch managers",
        "An adviser with good figures wants to become deputy branch manager. This round he was not chosen.",
        "Our best people leave.",
    ),
    "return_to_work": brief(
        "Talking after a long absence", "Foremen", "A welder comes back after seven months of sick leave."
    ),
    "bad_news_outside": brief(
        "Refusing a request",
        "Housing officers",
        "A tenant has applied for a larger flat; the application was rejected. He has already told his family.",
        "Refusals sound heartless.",
    ),
}


def charter_of(company: str, *clauses: tuple[str, str, str]) -> Charter:
    named = [{"id": clause_id, "kind": kind, "text": text} for clause_id, kind, text in clauses]
    return Charter.model_validate({"title": f"How {company} works", "company": company, "clauses": named})


FORGE = charter_of(
    "Forge & Daughters",
    ("F1", "mission", "We make tools that outlive their owners."),
    ("F2", "signature_behaviour", "Say the hard thing first, directly and to the face."),
    ("F3", "signature_behaviour", "Decide today. A meeting without a decision did not happen."),
    ("F4", "value", "We own our mistakes and keep every promise we make."),
    ("F5", "anti_behaviour", "We never buy peace with a discount or a concession."),
    ("F6", "brand_voice", "Short sentences. Few words."),
    ("F7", "imperative", "Open twelve workshops in the north by the end of the decade."),
)
ORCHARD = charter_of(
    "Orchard Cooperative",
    ("or.listen", "signature_behaviour", "We listen before we speak, and ask one question more."),
    ("or.choice", "signature_behaviour", "We ask permission before we give advice; the choice stays with the other."),
    ("or.dignity", "value", "Kindness is work: we acknowledge how people feel before we talk about facts."),
    ("or.time", "imperative", "Trees take years. We build relationships that last for generations."),
    ("or.blame", "anti_behaviour", "We do not blame, and we do not look for the guilty one."),
    ("or.voice", "brand_voice", "Warm, calm and kind."),
)


async def drafted(order_brief: Brief, charter: Charter | None = None) -> Draft:
    return await OfflineAuthor().draft(DraftOrder(brief=order_brief, charter=charter))


async def revised(previous: Scenario, *changes: ChangeRequest, charter: Charter | None = ORCHARD, of: Brief) -> Draft:
    order = DraftOrder(brief=of, charter=charter, previous=previous, changes=changes)
    return await OfflineAuthor().draft(order)


def asks(text: str, field: str = "", quote: str = "") -> ChangeRequest:
    return ChangeRequest(by="designer", text=text, field=field, quote=quote)
