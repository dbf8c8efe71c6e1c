"""JSON lines: one request or answer a line, with the protocol's version and an id."""

import json
import os
import sys

from . import PROTOCOL
from .schema import Invalid, Schema

_encode = json.JSONEncoder(separators=(",", ":")).encode


class Refused(Exception):
    """A request that cannot be honoured; kind is for the driver, the message for people."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def load_schema():
    with open(os.path.join(os.path.dirname(__file__), "schema.json"), encoding="utf-8") as f:
        return Schema(json.load(f))


def reserve_stdout():
    """keeps standard output for the protocol: whatever prints, prints to stderr"""
    answers = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


def encode(id, **content):
    return (_encode(dict(protocol=PROTOCOL, id=id, **content)) + "\n").encode()


def decode(line, schema):
    """the request in a line; Refused says what is wrong with it"""
    try:
        request = json.loads(line)
    except ValueError as e:
        raise Refused("request", f"not JSON: {e}") from e
    except RecursionError as e:
        raise Refused("request", "nested too deeply") from e
    if not isinstance(request, dict):
        raise Refused("request", "not an object")
    if request.get("protocol") != PROTOCOL:
        raise Refused("protocol", f"protocol {request.get('protocol')!r}; this bridge speaks {PROTOCOL}")
    try:
        schema.check("request", request)
    except Invalid as e:
        raise Refused("request", str(e)) from e
    return request


def write(fd, data):
    while data:
        data = data[os.write(fd, data):]
