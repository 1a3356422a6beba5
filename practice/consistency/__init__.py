"""How consistently a person of a scenario is played over a long conversation, as far as code can tell.

``scripts`` says what learners say to find out, ``lapses`` what code finds in what they are answered. It counts what
rules recognise: a contradiction that shares no words with what it contradicts is not found, and what is found is shown,
so that a person can judge it.
"""

from practice.consistency.lapses import Heard, Lapse, Measure, look
from practice.consistency.scripts import SCRIPTS, Learner

__all__ = ["SCRIPTS", "Heard", "Lapse", "Learner", "Measure", "look"]
