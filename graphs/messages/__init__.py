"""Telling people by e-mail that something waits for them: what is due to go out, when, in which words, and sending it.

A notice in the application is the whole of what there is to say (``store.repositories.desk``); an e-mail only says that
one is there. ``quiet`` and ``kinds`` are pure rules: they lie here and not in one of the rooms below, because none of
those is about how people wish to be told.
"""
