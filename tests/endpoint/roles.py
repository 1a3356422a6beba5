"""The default script: plays all four agents from what stands in the request, well enough for a run from end to end.

It reads requests as a model would, by what they say: the blocks between tags, and the reply's schema. It never looks at
the application's objects, so a prompt that lost its charter or its transcript shows here as a failing run.
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.endpoint.answers import Json, Text
from tests.endpoint.server import Answering, Request


def role_of(request: Request) -> str:
    """Whom a request is for: ``author``, ``judge``, ``debrief``, ``hint`` or ``persona``."""
    wanted = set(_schema(request).get("properties", {}))
    if "persona" in wanted:
        return "author"
    if {"level", "quotes"} <= wanted:
        return "judge"
    if {"levels", "priorities"} <= wanted:
        return "debrief"
    return "hint" if "text" in wanted else "persona"


def play_roles(request: Request) -> Answering:
    """Answer as the agent that is asked."""
    match role_of(request):
        case "author":
            return Json(write_scenario(request.text))
        case "judge":
            return Json(judge(request.text))
        case "debrief":
            return Json(debrief(request.text))
        case "hint":
            last = _last_persona_words(request.text)
            return Json({"text": f'Stay with what they just said: "{last}" What is behind it?'})
        case _:
            return Text(speak(request.text))


def block(text: str, name: str) -> str:
    """What stands between ``<name>`` and ``</name>``, the last time they have lines of their own; or an empty text."""
    found = re.findall(rf"^<{name}>\n(.*?)\n</{name}>$", text, re.DOTALL | re.MULTILINE)
    return str(found[-1]) if found else ""


def judge(text: str) -> dict[str, Any]:
    """The highest level, with the sentence of the scenario that shares most words with question and clauses."""
    criterion = block(text, "criterion")
    keys = re.findall(r"^- ([a-z][a-z0-9_]*)", criterion, re.MULTILINE)
    about = _words(criterion + block(text, "clauses"))
    fields = re.findall(r"^\[([^\]\n]+)\]\n(.*?)(?=\n\n\[|\Z)", block(text, "scenario"), re.DOTALL | re.MULTILINE)
    sentences = [
        (name, s) for name, prose in fields for s in re.findall(r"[^.!?\n]+[.!?]?", prose) if len(s.split()) > 2
    ]
    best = max(sentences, key=lambda pair: len(_words(pair[1]) & about), default=None)
    return {
        "quotes": [{"field": best[0], "quote": best[1].strip()}] if best else [],
        "rationale": "The quoted passage has people do what the clause asks for.",
        "level": keys[-1] if keys else None,
        "change": "",
    }


def debrief(text: str) -> dict[str, Any]:
    """Per objective a quote from the learner: the line in which code heard most, else the longest one."""
    said = re.findall(r"^(\d+) learner(?: \(code heard: ([^)]*)\))?: (.+)$", block(text, "transcript"), re.MULTILINE)
    best = max(said, key=lambda line: (len(line[1].split(",")) if line[1] else 0, len(line[2])), default=None)
    levels = []
    for objective_id, rest in re.findall(
        r"^\[([^\]\n]+)\](.*?)(?=^\[|\Z)", block(text, "objectives"), re.DOTALL | re.M
    ):
        keys = re.findall(r"^- ([a-z][a-z0-9_]*):", rest, re.MULTILINE)
        levels.append(
            {
                "objective_id": objective_id,
                "quotes": [{"turn": int(best[0]), "quote": best[2]}] if best else [],
                "level": (keys[-1] if best[1] else keys[0]) if best else None,
                "situation": "In the middle of the conversation." if best else "",
                "behaviour": "You took up what the other person had said." if best else "",
                "impact": "The other person went on talking." if best else "",
                "next_step": "Ask one more question before you offer a way out.",
            }
        )
    return {
        "opening": "Thank you for practising this. One of your lines moved the conversation.",
        "levels": levels,
        "priorities": ["Ask one open question before you offer a way out."],
        "next_action": "When my next talk of this kind begins, I will ask one open question first.",
    }


def speak(text: str) -> str:
    """One line: what just opened, else a cover where its topic comes up, else the objection, else a guarded answer."""
    directions, said = block(text, "directions"), block(text, "said").lower()
    now = re.search(r'^Out in the open with what you just heard.*something like: "(.*)"\)$', directions, re.MULTILINE)
    if now:
        return now[1]
    for line, topic in re.findall(r'^Not to be talked about.*?: "(.*)" \(when it is about: (.*)\)$', directions, re.M):
        if any(word.strip() in said for word in topic.lower().split(",")):
            return str(line)
    objection = re.search(r'^On your mind.*?: "(.*)"$', directions, re.MULTILINE)
    if objection:
        return objection[1]
    turn = re.search(r"^Turn of the conversation: (\d+)$", directions, re.MULTILINE)
    return f"All right. That is the {turn[1] if turn else 'next'}. thing we talk about today. And what follows from it?"


def write_scenario(text: str) -> dict[str, Any]:
    """A scenario from the brief, citing clauses of the charter; it says what it changed where changes are asked for."""
    brief = dict(line.split(": ", 1) for line in block(text, "brief").splitlines() if ": " in line)
    ids = re.findall(r"^\[([^\]\n]+)\]", block(text, "charter"), re.MULTILINE) or ["generic"]
    clauses = re.findall(r"^\[[^\]\n]+\] \([^)]*\) (.+)$", block(text, "charter"), re.MULTILINE)
    changes = re.findall(r"^- (.+)$", block(text, "changes"), re.MULTILINE)
    skill = brief.get("Skill to practise", "a hard conversation")
    situation = brief.get("Situation", "Something has gone wrong between two colleagues.")
    worry = brief.get("What worries the business", "")
    exemplars = [
        "What has the last week been like for you?",
        "It sounds as if the deadline weighs on you more than the work itself. Did I get that right?",
        *(f"What matters to me here: {clause[:200]}" for clause in clauses[:2]),
        *(f"Let me take that up: {change[:200]}" for change in changes[:3]),
    ]
    return {
        "title": f"{skill[:1].upper()}{skill[1:]}"[:120],
        "setting": f"{situation} It is {{weekday}} afternoon in a small meeting room. {worry}".strip(),
        "learner_role": f"You are one of {brief.get('Audience', 'the team')} and asked for this talk."[:200],
        "learner_goal": "Find out what is going on, and agree on one next step that both can live with.",
        "objectives": [
            _objective("asks_openly", "Asks openly before offering a way out.", ids[:1], ["open_question"]),
            _objective("says_back", "Says back what was heard.", ids[1:2] or ids[:1], ["simple_reflection", "summary"]),
        ],
        "persona": {
            "name": "Dana Ferber",
            "role": "a specialist in the same team",
            "relationship": "You have worked together for two years.",
            "style": "Short sentences, dry, polite.",
            "language_level": "fluent",
            "stance": "Everything is fine; the deadline was never realistic.",
            "goals": ["Be left in peace.", "Not look weak in front of the team."],
            "objections": [{"line": "I do not see why this needs a meeting.", "answered_by": ["because", "matters"]}],
            "concerns": [
                {
                    "id": "overload",
                    "fact": "Dana covers for a sick colleague in the evenings and has not slept well for weeks.",
                    "topic": ["evening", "evenings", "workload", "week", "tired"],
                    "cover": "It is a busy time for everybody.",
                    "reveal": {"on": "open_question", "times": 1, "min_trust": 0},
                    "voiced": "If you really want to know: I do two jobs since Kim is ill, mostly at night.",
                    "effect": "Dana breathes out and speaks more freely.",
                    "trust": 1,
                },
                {
                    "id": "passed_over",
                    "fact": "Dana was promised the lead of this project and heard from others that it went elsewhere.",
                    "topic": ["lead", "project", "promise", "promised", "decision"],
                    "cover": "The project is in good hands, I am sure.",
                    "reveal": {"on": "acknowledgement", "times": 1, "min_trust": 1},
                    "voiced": "I was told I would lead this. I learned over lunch that I do not.",
                    "effect": "Dana looks up for the first time.",
                    "trust": 2,
                },
            ],
            "mood": 0,
            "trust": 0,
            "small_talk": ["The coffee here has not improved.", "I have another call after this.", "Go on, then."],
            "closing": ["Let us see on {weekday} how it went.", "Good. I have to get back now."],
        },
        "opening_line": "You wanted to talk to me?",
        "exemplars": exemplars,
        "safety_notes": ["Overload may be close to home; learners can stop at any time."],
        "short_version": {
            "setting": "Three minutes at the coffee machine, after a missed deadline.",
            "opening_line": "Is this about the report?",
            "goal": "Ask one open question and say back the answer.",
        },
        "slots": [{"key": "weekday", "values": ["Thursday", "Monday"]}],
        "barrier": "capability",
        "notes": f"Built around the brief; it practises {', '.join(ids[:2])}.",
        "unmet": [],
    }


def _objective(key: str, text: str, clause_ids: list[str], behaviours: list[str]) -> dict[str, Any]:
    anchors = (
        "Speaks about their own view only.",
        "Does it once, then goes on with their own view.",
        "Does it before offering anything, and again when something new comes up.",
    )
    levels = [
        {"key": k, "anchor": a, "value": v}
        for k, a, v in zip(("low", "mid", "high"), anchors, (0, 0.5, 1), strict=True)
    ]
    return {
        "id": key,
        "text": text,
        "clause_ids": clause_ids,
        "behaviours": behaviours,
        "levels": levels,
        "weight": 1,
        "knock_out": False,
    }


def _schema(request: Request) -> dict[str, Any]:
    if request.schema:
        return request.schema
    system = str(request.messages[0].get("content")) if request.messages else ""
    for match in re.finditer(r"\{\"", system):
        try:
            value, _ = json.JSONDecoder().raw_decode(system, match.start())
        except ValueError:
            continue
        if isinstance(value, dict) and "properties" in value:
            return value
    return {}


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def _last_persona_words(text: str) -> str:
    lines = [line for line in block(text, "transcript").splitlines() if re.match(r"\d+ (?!learner)", line)]
    return lines[-1].split(": ", 1)[-1][:120] if lines else "nothing yet"
