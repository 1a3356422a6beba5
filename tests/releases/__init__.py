"""Databases as earlier releases left them; every later release must open them and go on."""
