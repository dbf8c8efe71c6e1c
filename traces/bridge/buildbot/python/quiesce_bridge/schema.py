"""Checks JSON values against the part of JSON Schema that schema.json uses.

Debian has no jsonschema package among Buildbot's dependencies, and every step of
every trace is checked, so this must be small and quick.
"""

TYPES = dict(object=dict, array=list, string=str, boolean=bool)


class Invalid(Exception):
    """The message says where, and what would be right."""


class Schema:
    def __init__(self, document):
        self.definitions = document["$defs"]

    def check(self, name, value):
        self._check(self.definitions[name], value, name)

    def _check(self, rule, value, at):
        if "$ref" in rule:
            rule = self.definitions[rule["$ref"].rsplit("/", 1)[1]]
        if "oneOf" in rule:
            return self._one_of(rule["oneOf"], value, at)
        if "const" in rule and value != rule["const"]:
            raise Invalid(f"{at} is {value!r}, not {rule['const']!r}")
        if "enum" in rule and not any(value == e and type(value) is type(e) for e in rule["enum"]):
            raise Invalid(f"{at} is {value!r}, not one of {rule['enum']}")
        if "type" in rule:
            self._typed(rule, value, at)

    def _typed(self, rule, value, at):
        wanted = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        if not any(_is(value, t) for t in wanted):
            raise Invalid(f"{at} is {value!r}, not of type {' or '.join(wanted)}")
        if isinstance(value, dict):
            self._object(rule, value, at)
        elif isinstance(value, list):
            if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)):
                raise Invalid(f"{at} has {len(value)} items")
            if "items" in rule:
                for i, item in enumerate(value):
                    self._check(rule["items"], item, f"{at}[{i}]")
        elif _is(value, "integer"):
            if value < rule.get("minimum", value) or value > rule.get("maximum", value):
                raise Invalid(f"{at} is {value}, out of {rule.get('minimum', '')}..{rule.get('maximum', '')}")

    def _object(self, rule, value, at):
        for name in rule.get("required", ()):
            if name not in value:
                raise Invalid(f"{at} has no {name!r}")
        known = rule.get("properties", {})
        others = rule.get("additionalProperties", True)
        for name, item in value.items():
            if name in known:
                self._check(known[name], item, f"{at}.{name}")
            elif others is False:
                raise Invalid(f"{at} has {name!r}; known are {sorted(known)}")
            elif others is not True:
                self._check(others, item, f"{at}.{name}")

    def _one_of(self, rules, value, at):
        """each alternative names itself with op, or is a plain type"""
        if isinstance(value, dict) and "op" in value:
            for rule in rules:
                if value["op"] == rule["properties"]["op"]["const"]:
                    return self._check(rule, value, f"{at} {value['op']}")
            known = sorted(r["properties"]["op"]["const"] for r in rules)
            raise Invalid(f"{at}.op is {value['op']!r}, not one of {known}")
        raise Invalid(f"{at} is not an object with an op")


def _is(value, name):
    if name == "null":
        return value is None
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])
