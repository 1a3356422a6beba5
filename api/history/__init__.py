"""Ten weeks of history for the demo company: the real system at work under a virtual clock, never rows written by hand.

Who orders, decides and practises what, and when, is data (``examples/<company>/history``): people's own judgement.
What agents write and how they judge it is theirs, each time anew.
"""

from api.history.making import make_history

__all__ = ["make_history"]
