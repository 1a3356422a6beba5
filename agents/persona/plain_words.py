"""The same in simpler words, by rules: common words for rare ones, no fillers, and one thought per sentence."""

from __future__ import annotations

import re

from agents.persona.phrases import Voice

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*[\"”’']?")
MOST_SENTENCES = 3  # of a point that is said again


def simpler(text: str, voice: Voice) -> str:
    """``text`` in plainer words and shorter sentences; what it says does not change."""
    text = voice.fillers.sub("", text)
    text = _in_plain_words(voice, text)
    out = []
    for match in _SENTENCE.finditer(text):
        sentence = match.group().strip()
        if not voice.uncut.match(sentence):
            sentence = voice.joints.sub(lambda found: f". {found.group('next')}", sentence)
        out += [_capital(part.strip(" ,;:–—-")) for part in re.split(r"(?<=[.!?…])\s+|\s+[–—]\s+|;\s+", sentence)]
    return " ".join(_closed(part) for part in out if any(char.isalnum() for char in part))


def point(text: str, deck: tuple[str, ...]) -> str:
    """What ``text`` comes to: the line of the deck in it, or else its last sentences."""
    said = [line for line in deck if line and line in text]
    kept = max(said, key=len) if said else text
    sentences = [match.group().strip() for match in _SENTENCE.finditer(kept)]
    return " ".join([each for each in sentences if any(char.isalnum() for char in each)][-MOST_SENTENCES:])


def _in_plain_words(voice: Voice, text: str) -> str:
    def swap(found: re.Match[str]) -> str:
        word = voice.plain_words[found.group().casefold()]
        return word[:1].upper() + word[1:] if found.group()[:1].isupper() else word

    return voice.rare.sub(swap, text) if voice.plain_words else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _closed(sentence: str) -> str:
    return sentence if sentence[-1:] in ".!?…\"”’'" else f"{sentence}."
