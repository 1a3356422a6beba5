"""What the company wants: charter, criteria, verdicts, and the arithmetic on them. Pure: no I/O, no clock, no model."""
