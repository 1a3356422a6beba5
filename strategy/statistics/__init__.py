"""How far a judge can be trusted, in figures: agreement, its intervals, and tests on paired outcomes."""
