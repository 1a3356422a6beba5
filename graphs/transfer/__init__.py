"""Whether practice reaches work: pilots people agreed to, check-ins, taps, plans, and counts that tell of nobody."""
