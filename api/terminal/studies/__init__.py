"""What each kind of study found, in a terminal: ``show(result, plan)`` in a module named like the kind."""
