"""Words that carry more than wording, in English and German: a change of one of them is never a small change."""

from __future__ import annotations

import re

LANGUAGES = frozenset({"en", "de"})  # those whose words are listed here

_NEGATIONS = """
not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely unless except but only
nicht nein nie niemals niemand nichts nirgends nirgendwo weder noch ohne kaum außer ausser sondern aber nur
"""
_MODALS = """
can could may might must shall should will would ought need needs needed dare allowed required forbidden optional
erlaubt verboten pflicht freiwillig lass lassen
"""
_QUANTITIES = """
all always every each any some both many most few several often sometimes zero one two three four five six seven
eight nine ten eleven twelve hundred thousand million half twice once double first second third before after until
alle alles allen immer jede jeder jedes jeden jedem einige manche beide viele meist oft manchmal null ein eine einen
einem einer eines eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million halb
doppelt erste ersten zweite zweiten vor nach bis
"""
# Begin sentences, so a capital letter makes no name of them.
_COMMON_STARTS = """
the a an it its he she they we you i this that these those there here in on at to of for from with by as and or so
when while what who how why where your our his her their my is are was were has have had do does did please der die
das den dem des es er sie wir ihr ich du dies diese dieser dieses dort hier in im an am auf zu von für aus mit bei
als und oder so wenn während was wer wie warum wo dein euer unser sein ihr mein ist sind war waren hat haben hatte
hatten bitte
"""

NEGATIONS = frozenset(_NEGATIONS.split())
MODALS = frozenset(_MODALS.split())
QUANTITIES = frozenset(_QUANTITIES.split())
COMMON_STARTS = frozenset(_COMMON_STARTS.split())
MODAL_FORMS = re.compile(
    r"(?:kann|kannst|könn(?:en|t|te\w*)|konnte\w*|d[aü]rf(?:en|st|t|te\w*)?|durfte\w*|m[uü]ss(?:en|t|te\w*)?|muß|müßt\w*|"
    r"soll(?:en|st|t|te\w*)?|woll(?:en|t|te\w*)|will(?:st)?|m[aö]g(?:en|st|t)?|möcht\w*|werde[nt]?|wirs?[td]|w[uü]rde\w*)"
)
