"""The judge's stress test: changes of a text that must not, or must, change its level (after GSM-Symbolic, CheckList).

Everything here is deterministic under a seed and knows no judge: a change makes another question out of a question, and
says what an honest judge does with it.
"""
