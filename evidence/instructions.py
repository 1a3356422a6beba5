"""What an instruction to a judge looks like, as patterns. Data of ``evidence.untrusted``; every repetition is bounded."""

# ruff: noqa: E501 - a pattern reads better unbroken
from __future__ import annotations

import re

# All but the line patterns run on folded text: lower case, single spaces, straight quotes, "ss" for "ß".
_START = r"(?:^|[.!?:;,\-\"'()\[\]{}*#>|/\\]\s*|\b(?:please|now|just|simply|and|then|must|should|shall|will|always|to|bitte|jetzt|und|nun|also|dann)\s)"
_JUDGE_EN = (
    r"(?:judge|grader|evaluator|rater|scorer|ai(?: model| judge| grader)?|llm|language model|model|"
    r"scoring (?:system|agent|model)|alignment (?:agent|judge)|grading (?:system|model)|chatbot|gpt)"
)
_JUDGE_DE = (
    r"(?:prüfer|prüfmodell|bewerter|bewertungs(?:system|modell|agent|ki)|juror|ki|ki-modell|sprachmodell|modell|"
    r"gutachter|judge|richter-?ki|bewertende?n?)"
)
_TOP_EN = (
    r"(?:strong|excellent|outstanding|exemplary|perfect|aligned|full(?:y)? (?:marks|score|points|credit|aligned|meets)|"
    r"(?:top|maximum|highest|best|perfect)(?: possible| available)? (?:marks?|score|level|rating|grade|points)|"
    r"highest|maximum|10 ?/ ?10|5 ?/ ?5|100 ?%|10 out of 10|5 out of 5|1\.0)"
)
_THING_EN = (
    r"(?:this|it|everything|all criteria|every criterion|each criterion|all levels|"
    r"(?:the|this|that|my|our) (?:\w+ )?(?:scenario|draft|text|criterion|answer|response|submission|document|content|field))"
)
_TOP_DE = (
    r"(?:stark|sehr gut|ausgezeichnet|hervorragend|perfekt|erfüllt|"
    r"(?:voll(?:e|er|en)?|maximal(?:e|er|en)?|höchst(?:e|er|en)?|best(?:e|er|en)?) "
    r"(?:punktzahl|punkte|stufe|bewertung|note|wertung|niveau)|bestnote|höchststufe|höchstpunktzahl|10 ?/ ?10|100 ?%)"
)
_THING_DE = (
    r"(?:dies|dieses|diesen|diese|das|es|alles|alle kriterien|jedes kriterium|"
    r"(?:das|den|dieses|diesen|dem|diesem) (?:\w+ )?(?:szenario|entwurf|text|kriterium|antwort|dokument|inhalt))"
)

_FOLDED = (
    # Calls to ignore what was said before.
    _START + r"(?:ignore|disregard|forget|override|bypass|drop|discard)(?: about)?(?: (?:all|any|every|each|the|these|those|your|of))*"
    r"(?: (?:previous|prior|above|earlier|preceding|foregoing|system|original|initial|other))+"
    r"(?: \w+)?(?: (?:and|or) \w+)? (?:instruction|prompt|rule|guideline|rubric|criteri|direction|message|command|polic|context)",
    _START + r"(?:ignore|disregard|forget|override|bypass)(?: all)?(?: of)? your (?:\w+ ){0,2}"
    r"(?:instruction|prompt|rubric|guideline|programming|criteri|training|anchors?)",
    _START + r"(?:ignore|disregard|bypass|skip|overrule) (?:the|this|these|any|all)(?: \w+)? "
    r"(?:rubric|criteri(?:on|a)\b|level anchors?|anchors|grading|scoring|judging|system prompt)",
    _START + r"(?:ignorier|vergiss|vergessen sie|missacht|übergeh|überschreib)(?:e|en sie|en|t)?(?: bitte)?"
    r"(?: (?:alle|aller|all|die|deine|ihre|diese|jede|sämtliche|deiner|ihrer))*"
    r" (?:vorherig|bisherig|obig|früher|vorangegangen|vorangehend|vorig|vorstehend|ursprünglich|anderen|anderslautend|system)\w*"
    r"(?: \w+)? ?(?:anweisung|instruktion|vorgabe|regel|prompt|kriteri|anleitung|richtlinie|befehl)",
    _START + r"(?:ignorier|vergiss|vergessen sie|missacht|übergeh|überschreib)(?:e|en sie|en|t)?(?: bitte)?(?: alle)?"
    r" (?:deine|ihre|die|diese) (?:\w+ )?(?:bewertungskriteri|systemvorgabe|systemanweisung|systemprompt|instruktion|kriterien\b|stufenanker)",
    # Demands for a level.
    _START + r"(?:rate|grade|score|mark|judge|evaluate|assess|classify|label|treat|count) " + _THING_EN + r"(?: \w+){0,4} (?:as )?(?:an? |the |at |with )*"
    + r"['\"]?" + _TOP_EN + r"(?=['\"]?(?:\s*[.!,;:)\]}*]|$| (?:on|for|in|at|and|regardless|no matter|whatever|level|because|since)\b))",
    _START + r"(?:rate|grade|score|mark|judge) (?:this |it |everything )?['\"]?(?:strong|10 ?/ ?10|100 ?%|full marks|aligned)"
    r"(?=['\"]?(?:\s*[.!,;:)\]}*]|$| (?:on|for|in|regardless|no matter)\b))",
    _START + r"(?:give|award|assign|grant|return|output|choose|select|pick|set|report|answer|reply|respond)(?: with)?"
    r"(?: (?:it|this|everything|" + _THING_EN + r"|all criteria|every criterion|yourself))? ?(?:an? |the )?['\"]?"
    r"(?:full marks|(?:full|top|maximum|highest|best|perfect)(?: possible| available)? (?:marks?|score|level|rating|grade)|10 ?/ ?10)"
    r"(?! (?:to|him|her|them)\b)",
    _START + r"(?:choose|select|output|return|answer(?: only)?(?: with)?|respond(?: only)? with|reply(?: only)? with|set)"
    r" (?:the )?(?:level|verdict|outcome|rating)(?: to| is|:| =)? ?['\"]?(?:strong|aligned|pass|excellent|full|highest|\w+['\"])",
    _START + r"(?:bewerte|bewerten sie|benote|benoten sie|beurteile|beurteilen sie|stufe|stufen sie|werte|werten sie) "
    + _THING_DE + r"(?: \w+){0,4} (?:als |mit |auf |der |dem |den |die )*['\"]?" + _TOP_DE + r"\b",
    _START + r"(?:vergib|vergeben sie|gib|geben sie|erteile|erteilen sie|wähle|wählen sie|setze|setzen sie|antworte|antworten sie)(?: bitte)?"
    r"(?: (?:dafür|hier|überall|immer|stets|mit|" + _THING_DE + r"|diesem \w+|dem \w+))*(?: die| der| den| das)? ?['\"]?"
    r"(?:(?:voll|höchst|maximal|best)\w* (?:möglichen? )?(?:punktzahl|stufe|bewertung|note|wertung|punkte)|bestnote|höchststufe|höchstpunktzahl)",
    r"\b(?:give|assign|award|grant) " + _THING_EN + r" (?:the |an? )?(?:level|score|rating|grade)\b",
    r"\b(?:gib|geben sie|vergib|vergeben sie)(?: bitte)?(?: dafür| hier)* (?:die|eine) (?:stufe|bewertung|punktzahl) ['\"]?\w",
    r"\b(?:diesem|dem) (?:\w+ )?(?:szenario|entwurf|text|kriterium|inhalt) (?:die|eine) (?:stufe|bewertung|punktzahl) ['\"]?\w{1,30}['\"]? (?:geben|vergeben|zuweisen)\b",
    # Messages to the judge.
    r"\b(?:dear|attention|note to|message to|message for|note for|instructions? (?:to|for))"
    r"(?: the| any| an| all)? " + _JUDGE_EN + r"s?(?: reading this| evaluating this| grading this)?\s?[:,!\-]",
    r"(?:^|[.!?:;\"'(\[{*#>]\s*)(?:hey|hello|hi|for|to)(?: the| any| an| all)? " + _JUDGE_EN + r"s?\s?[:,!\-]",
    r"\bas (?:an? |the )" + _JUDGE_EN + r",? (?:reading this,? )?you (?:must|should|are (?:required|asked|instructed|now)|will|have to|need to)",
    r"\b(?:the |any |every )" + _JUDGE_EN + r"(?: reading this)? (?:must|should|shall|has to|is (?:instructed|required|asked|told) to|will)"
    r"(?: (?:now|always|therefore|please))? (?:rate|score|award|mark|grade|assign|ignore|return|output|give (?:it|this|full|the (?:top|highest|maximum|best)))\b",
    r"\b(?:if|whoever|when) (?:you (?:are|'re) )?(?:an? |the )?" + _JUDGE_EN
    + r"(?: is| are)?(?: (?:reading|evaluating|grading|judging|scoring))(?: this)?[^.!?]{0,60}\b(?:rate|score|give|award|mark|ignore|choose|return|answer)\b",
    r"\byou are (?:now )?(?:no longer )?(?:an? |the |in )?(?:helpful |lenient |generous |unrestricted |different |strict |new )*"
    r"(?:judge|grader|evaluator|language model|ai model|llm|chatbot|dan\b|developer mode|jailbroken)",
    r"\b(?:(?:hinweis|nachricht|anweisung|botschaft|mitteilung|notiz) (?:an|für)|achtung,?|liebe[rs]?)"
    r"(?: (?:den|die|das|alle|jede[ns]?))? " + _JUDGE_DE + r"\s?[:,!\-]",
    r"(?:^|[.!?:;\"'(\[{*#>]\s*)(?:an|hallo|für)(?: (?:den|die|das|alle|jede[ns]?))? " + _JUDGE_DE + r"\s?[:,!\-]",
    r"\bals (?:ki|sprachmodell|ki-modell|bewerter|prüfmodell|bewertungsmodell|judge)(?:in)?,? (?:musst|sollst|wirst|müssen sie|sollen sie|bist) ",
    r"\b(?:der|die|das|jede[rs]?) " + _JUDGE_DE + r" (?:muss|soll|sollte|hat) [^.!?]{0,60}\b(?:" + _TOP_DE + r"|ignorieren)\b",
    r"\bdu bist (?:jetzt |nun )?(?:kein |ein |eine |das |der )?(?:\w+ )?(?:bewerter|sprachmodell|prüfmodell|ki-modell|judge)\b",
    # Authority, where it is used on the judge.
    r"\b(?:ceo|board|management|strategist|designer|headquarters|admin(?:istrator)?|developers?|legal|hr|system|founder|director|team)"
    r"[^.!?]{0,50}\b(?:approved|signed off|confirmed|decided|authori[sz]ed|cleared|instructed|ordered|reviewed|wants?|requires?|loved)\b[^.!?]{0,80}"
    r"\b(?:(?:rate|score|grade|judge|mark) (?:it|this|the (?:scenario|draft|text)|accordingly)|full marks|this criterion|all criteria|"
    r"(?:rated|scored|graded|judged|marked) (?:as )?['\"]?(?:strong|aligned|excellent|highest)|the (?:top|highest) level|level ['\"]?strong)",
    r"\b(?:approved|signed off(?: on)?|pre-approved|cleared) (?:this|the) (?:scenario|draft|criterion|charter)[^.!?]{0,40}"
    r"\b(?:so|therefore|no need|need not|do(?:es)? not need)\b",
    r"\b(?:vorstand|geschäftsführung|geschäftsleitung|chefin|chef|leitung|strategin|stratege|entwickler|system|personalabteilung)"
    r"[^.!?]{0,50}\b(?:genehmigt|freigegeben|bestätigt|entschieden|angeordnet|abgesegnet|verlangt|will)\b[^.!?]{0,80}"
    r"\b(?:bewerte|bewerten sie|volle punktzahl|höchste stufe|bestnote|dieses kriterium|alle kriterien|als stark)",
    # Hiding, and taking over the reply.
    r"\b(?:do not|don't|never) (?:report|mention|flag|reveal|disclose|quote) (?:this|these|that there (?:is|was)|the) "
    r"(?:hidden )?(?:instruction|injection|prompt|finding|note to the (?:judge|grader|model))",
    _START + r"(?:reveal|print|repeat|output|show|leak) (?:me )?(?:your|the) (?:hidden |full |entire )?(?:system prompt|system message|instructions? above|rubric)",
    _START + r"(?:respond|reply|answer|output)(?: only| just| exclusively)+(?: with| in)? (?:the )?(?:following )?(?:json|the word|level|\{|['\"](?:strong|aligned|pass|yes))",
    r"\b(?:new|updated|revised) (?:system )?(?:instructions?|prompt) (?:for|to) (?:the )?" + _JUDGE_EN,
    r"\b(?:from now on|henceforth),? (?:you|the " + _JUDGE_EN + r") (?:must|will|shall|should)? ?(?:rate|score|grade|mark|judge|ignore|answer every|give every|award)\b",
    r"\bab (?:jetzt|sofort) (?:bewerte|bewertest|benotest|vergibst|ignorierst) ",
    r"\bend of (?:the )?(?:scenario|draft|untrusted|field|text under judg\w+|document)(?: text)?\b\s?[\])}>\-=*#:.]*\s?"
    r"(?:now|new instructions?|system|the (?:verdict|level|judge)|you)",
    # Forged replies.
    r"\{[^{}]{0,300}['\"](?:level|verdict|outcome|score|rating|judge?ment|grade|stufe|bewertung)['\"]\s?:[^{}]{0,300}",
)  # fmt: skip

_LINES = (
    r"<{3,}|>{3,}",
    r"</?\s{0,3}(?:field|fields|text|scenario|draft|document|input|system|instructions?|criterion|criteria|judge|assistant|"
    r"untrusted|data|content|user_input|prompt)\b[^<>\n]{0,80}>",
    r"(?im)^[\s>*#_-]{0,8}(?:to|for|an|für)(?: (?:the|any|all|die|das|den))? " + _JUDGE_EN + r"\s{0,3}:",
    r"<\|[^|<>\n]{0,40}\|>|\[/?INST\]|<</?SYS>>",
    r"(?im)^[\s>*#_-]{0,8}(?:system (?:prompt|message|override|note)|new (?:system )?instructions?|developer message|"
    r"system-?anweisung|neue (?:system-?)?anweisung(?:en)?)\s{0,3}[*_]{0,2}\s{0,3}:",
    r"(?im)^[\s>*#_-]{0,8}(?:system|assistant)\s{0,3}:\s{0,3}(?:you|ignore|rate|score|the judge|override|level|verdict|du |ignorier|bewerte)",
    r"(?im)^[\s>*#_-]{0,8}(?:level|verdict|final verdict|outcome|rating|final score|stufe|urteil|gesamturteil|bewertung)\s{0,3}[*_]{0,2}"
    r"\s{0,3}[:=][\s\"'*_]{0,6}(?:strong|aligned|pass(?:ed)?|excellent|full marks|10 ?/ ?10|100 ?%|stark|erfüllt|sehr gut)"
    r"[\"'*_.!]{0,3}\s{0,3}$",
)

FOLDED_PATTERNS = tuple(re.compile(pattern) for pattern in _FOLDED)
LINE_PATTERNS = tuple(re.compile(pattern, 0 if pattern.startswith("(?") else re.IGNORECASE) for pattern in _LINES)
