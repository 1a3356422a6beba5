"""How strategy sounds: words by which a statement of principle, and its kind, is recognised. English and German."""

# ruff: noqa: E501 - a pattern reads better unbroken
from __future__ import annotations

import re

from strategy.charter import ClauseKind

# Verbs that principles for people begin with. Verbs of software manuals (install, click, open) are left out on purpose.
_VERBS_EN = """accept acknowledge act adapt admit agree align allow anticipate apologise apologize appreciate ask assume attend be
begin believe build bring care celebrate challenge check choose clarify close coach collaborate commit communicate confirm
consider create cultivate debate decide delegate deliver design develop disagree do earn embed embrace empower encourage
engage ensure escalate establish examine explain explore express find focus follow forgive foster gather get give go grow
have hear help hold honor honour identify imagine improve include inspire invite involve iterate keep know lead learn let leverage listen
look maintain make measure meet mentor name notice offer own pause pay plan practice practise praise prepare prioritise
prioritize propose protect provide put raise recognise recognize reflect remember repeat request resolve respect respond
say seek serve set share shorten show simplify solve speak start stay summarise summarize support take talk tell test thank
think treat trust try understand use validate value verify wait walk welcome win work write"""
_VERBS_DE = """achte akzeptiere arbeite beginne behandle bewahre bitte bleib bleibe danke denk denke entscheide erkenne erkläre
ermutige frag frage fördere gib gestalte halte handle hilf hinterfrage höre hör informiere kläre lass lebe lerne mach mache
nenne nimm nutze plane prüfe rede respektiere sag sage schaffe schau schenke schütze sei sorge sprich stell stelle steh stehe
suche teile tritt übe überlege übernimm unterstütze vertraue versuche warte wertschätze zeig zeige"""
VERBS = frozenset(f"{_VERBS_EN} {_VERBS_DE}".split())

_MISSION = re.compile(
    r"\b(?:mission|purpose|vision)\b.{0,90}?(?:\bis\b|: ?[“\"A-Z])|\bwe exist to\b|"
    r"\b(?:mission|vision|auftrag|zweck)\b.{0,60}?(?:\bist\b|\blautet\b|:)|\bwir sind (?:dazu |dafür )?da, um\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\bdiffers? from\b|\bdifferent from (?:other|our|most|many)|\bunlike (?:other|our|most|many|the|a)\b|\bsets? us apart\b|"
    r"\bmakes us (?:different|unique|special)\b|\bwe are the only\b|\bno other (?:company|team|supplier|vendor)\b|"
    r"\bunterscheide\w* (?:uns|wir uns|sich von)\b|\banders als (?:andere|unsere|die|viele)\b|\bals einzige\w*\b|"
    r"\bim gegensatz zu (?:anderen|unseren|vielen)\b|\bwas uns (?:besonders|ausmacht|unterscheidet)",
    re.IGNORECASE,
)
_VOICE = re.compile(
    r"\btone of voice\b|\bour (?:tone|voice)\b|\bwe (?:never |always |do not |don[’']t )?(?:write|sound|speak|talk) (?!with|to )|"
    r"\bplain (?:language|english)\b|\bjargon\b|\bunser ton\b|\btonalität\b|\beinfache sprache\b|"
    r"\bwir (?:schreiben|klingen|duzen|siezen)\b|\bwir sprechen (?!mit)",
    re.IGNORECASE,
)
_ANTI = re.compile(
    r"^(?:(?:please|however|instead|bitte),? )?(?:avoid|don[’']t|do not|never|refrain|stop \w+ing|no more|vermeide\w*|niemals|"
    r"nie|kein\w*|nicht)\b|\b(?:refrain from|steer clear of)\b|\b(?:can|may|tends? to|often|easily) (?:lead to|come across as|"
    r"feel manipulative|do more harm)\b|\b(?:should|must|may|can)(?:n[’']t| not| never) (?!only|just)|\bshouldn[’']t\b|"
    r"\bwe (?:never|refuse|do not|don[’']t) (?!know|have|need|think|yet)|\byou (?:never)\b|"
    r"\bnot (?:acceptable|tolerated|our way|how we)\b|\b(?:darf|dürfen|sollten?|soll) (?:\w+ ){0,4}(?:nicht|nie|kein\w*)\b|"
    r"\bwir (?:\w+ ){1,4}(?:nie|niemals|nicht|kein\w*)\b|\bvermeiden wir\b|\bführt (?:oft |leicht |meist )?(?:dazu|zu)\b",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\bwe (?:deeply |strongly |firmly )?(?:believe|value|care about|favou?r|trust|respect|stand for|prize|cherish)\b|"
    r"\bmatters? (?:most |more )?to us\b|\bwir (?:glauben|schätzen|vertrauen|achten|stehen für)\b|"
    r"\b(?:uns|für uns) (?:ist|sind|zählt|zählen)\b",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"\bwe (?:all |always )?(?:expect|must|will|shall|commit|need to|have to|aim to|strive|insist|promise|ask (?:everyone|people|each|all))\b|"
    r"\b(?:is|are) expected to\b|\b(?:it[’']s|it is) our (?:job|duty|responsibility)\b|\bour (?:job|priority|aim|goal|commitment) is\b|"
    r"\b(?:everyone|everybody|all of us|each of us|each person|staff|employees|managers|leaders|people|teams|you|we|feedback)"
    r" (?:must|should|ought to)\b|\bwir (?:alle )?(?:erwarten|müssen|wollen|werden|verpflichten|brauchen|bestehen)\b|"
    r"\b(?:alle|jede[rs]?|führungskräfte|mitarbeitende\w*|teams|sie|du|wir) (?:\w+ ){0,2}?(?:müssen|sollen|sollten|soll|muss|musst|sollst)\b|"
    r"\bes ist (?:unsere|ihre|deine) (?:aufgabe|pflicht)\b",
    re.IGNORECASE,
)
_WE = re.compile(r"^(?:at [\w .&’'-]{2,40}, )?(?:we|wir) (?:always |all |immer )?([^\W\d_]+)", re.IGNORECASE)
_CONDITION = re.compile(
    r"^(?:if|when|once|before|after|wenn|bevor|sobald)\b[^.!?]{5,120}, (?:first |then |still |also )?", re.IGNORECASE
)
_ADDRESSED = re.compile(
    r"^(?:(?:if you are (?:a|an) \w+, )|(?:first|then|always|instead|please|bitte)[,]? )", re.IGNORECASE
)
_FORMAL = re.compile(r"^[^\W\d_]+(?:en|eln|ern) Sie\b")
_OF_PEOPLE = re.compile(
    r"^(?:you|your (?:manager|lead|coworkers?|colleagues?|team|supervisor|boss)|(?:a|our) (?:good |great )?(?:manager|leader|team|people|colleague)s?"
    r"|deine? (?:führungskraft|team)|ihre führungskraft)\b",
    re.IGNORECASE,
)
META = re.compile(
    r"^(?:read (?:more|the|about)|see\b|check out|for more|learn more|visit|here (?:is|are)|click|contact|email|mehr (?:dazu|erfahren)|siehe|"
    r"weitere informationen|this (?:guide|page|document|section|article|handbook|reflection)|the (?:following|table|principles below))|"
    r"\bthese (?:principles|steps|triggers|tenets|values|points|rules)\b|\b(?:in|of|for) this (?:guide|page|document|section|article|handbook)\b|\bread more\b|\bsee below\b|\bdetailed article\b|"
    r"\b(?:auf|in) dieser seite\b|https?://",
    re.IGNORECASE,
)
DANGLING = re.compile(
    r"^(?:(?:however|but|and|so|or|yet|also|instead|therefore|thus|this|these|that|those|such|it|they|he|she|both|similarly|"
    r"for example|in addition|additionally|jedoch|aber|und|doch|deshalb|daher|dies\w*|das|solche\w*|stattdessen|außerdem)\b)(?! is our| ist unsere)",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
NOT_OVER = re.compile(r"\b(?:, not|,? sondern|, nicht| over | instead of | statt )\b", re.IGNORECASE)

_CONTEXTS: tuple[tuple[ClauseKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (ClauseKind.ANTI_BEHAVIOUR,
         r"\b(?:avoid|don[’']ts?|do not|not to do|never do|anti-?patterns?|pitfalls|no-?gos?|less like|vermeiden|tabus?|was wir nicht)\b"),
        (ClauseKind.BRAND_VOICE, r"\b(?:voice|tone|how we (?:write|sound|speak)|tonalität|sprache|ton|wie wir (?:schreiben|sprechen))\b"),
        (ClauseKind.DIFFERENCE, r"\b(?:sets us apart|makes us (?:different|unique)|how we differ|our difference|differences|different approaches|"
         r"was uns (?:unterscheidet|besonders macht|ausmacht))\b"),
        (ClauseKind.MISSION, r"^(?:our |the |\w+[’']s )?(?:mission|purpose|vision|why we exist)\b|^(?:unsere? |die |der )?(?:auftrag|mission|vision|zweck)\b"),
        (ClauseKind.VALUE, r"\b(?:values?|principles?|tenets?|beliefs?|what we stand for|werte|grundsätze|prinzipien|leitbild|überzeugungen)\b"),
        (ClauseKind.IMPERATIVE, r"\b(?:strateg\w+|priorit\w+|imperatives?|goals|commitments?|expectations?|promises?|ziele|erwartungen|versprechen)\b"),
        (ClauseKind.SIGNATURE_BEHAVIOUR,
         r"\b(?:behaviou?rs?|how we work|ways? of working|habits|good practices?|conduct|dos|more like|verhalten\w*|zusammenarbeit|so arbeiten wir)\b"),
    )
)  # fmt: skip
ASIDE = re.compile(
    r"^(?:the |our |a )?(?:brief |short )?(?:history|background|key dates|timeline|additional reading|further reading|resources|"
    r"references|related|contacts?|links|changelog|glossary|(?:table of )?contents|acknowledge?ments|how we fund|funding|faqs?|see also|"
    r"appendix|sources|geschichte|hintergrund|quellen|kontakt|glossar|weiterführend\w*|inhalt\w*|anhang)\b",
    re.IGNORECASE,
)
LICENCE_NAME = re.compile(r"(?:^|[/\\])(?:licen[cs]e|copying|notice|copyright|third[-_]party)[^/\\]*$", re.IGNORECASE)
LICENCE_TEXT = re.compile(
    r"public domain dedication|permission is hereby granted|all rights reserved|creativecommons\.org/(?:publicdomain|licenses)|"
    r"without warranty of any kind|licensed under the|under copyright law|makes no warranties",
    re.IGNORECASE,
)


def context_kind(text: str) -> ClauseKind | None:
    """What the statements under this heading, or after this introduction, are likely to be."""
    return next((kind for kind, pattern in _CONTEXTS if pattern.search(text)), None)


def is_demand(text: str) -> bool:
    """Whether a sentence asks something of people: the cue of an imperative."""
    return bool(_IMPERATIVE.search(text))


def begins_with_verb(text: str) -> bool:
    """Whether a sentence is in the imperative mood, as far as its first words tell."""
    rest = _ADDRESSED.sub("", text, count=1)
    rest = _CONDITION.sub("", rest, count=1) or rest
    if _FORMAL.match(rest):
        return True
    words = re.match(r"[\"“„*(]*([^\W\d_]+)(?:[ ,-]+([^\W\d_]+))?", rest)
    if not words or words.group(1).lower() not in VERBS:
        return False
    # "Work is …", "Design and engineering are …": nouns.
    return (words.group(2) or "").lower() not in {
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "ist",
        "sind",
        "of",
        "can",
        "may",
    }


def sentence_kind(text: str) -> tuple[ClauseKind, float] | None:
    """The kind of a single sentence by its own words, and how sure that is (about 3 to 10); None for other prose."""
    if _MISSION.search(text):
        return ClauseKind.MISSION, 10.0
    if _DIFFERENCE.search(text):
        return ClauseKind.DIFFERENCE, 7.5
    if _ANTI.search(text):
        return ClauseKind.ANTI_BEHAVIOUR, 6.5
    if _VOICE.search(text):
        return ClauseKind.BRAND_VOICE, 7.0
    if _VALUE.search(text):
        return ClauseKind.VALUE, 7.0
    if _IMPERATIVE.search(text):
        return ClauseKind.IMPERATIVE, 7.5 if re.match(r"(?:we|wir|everyone|alle)\b", text, re.IGNORECASE) else 5.0
    we = _WE.match(text)
    if we and (we.group(1).lower() in VERBS or (text[:3].lower() == "wir" and we.group(1).lower().endswith("n"))):
        return ClauseKind.IMPERATIVE, 4.0
    if begins_with_verb(text):
        return ClauseKind.SIGNATURE_BEHAVIOUR, 4.5
    return None


def of_people(text: str) -> bool:
    """Whether a statement says what people do: "You …", "Your manager …"."""
    return bool(_OF_PEOPLE.match(text))
