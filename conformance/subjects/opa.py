"""Rego, the language of Open Policy Agent, by rego-cpp (`pip install regopy`): the whole model is `gate.rego`."""

from pathlib import Path

from regopy import Interpreter

MODEL = Path(__file__).with_name("gate.rego").read_text(encoding="utf-8")


def answers(vectors):
    """Whether the model allows, by the ID of each vector; what it leaves undefined is denied, as its users do."""
    allowed = {}
    for vector in vectors:
        interpreter = Interpreter()
        interpreter.add_module("gate", MODEL)
        interpreter.set_input({"facts": vector["facts"], "question": vector["question"]})
        allowed[vector["id"]] = str(interpreter.query("data.gate.allow")) == '{"expressions":[true]}'
    return allowed
