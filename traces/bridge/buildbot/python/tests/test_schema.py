"""The small checker against what JSON Schema says, keyword by keyword."""

import unittest

from .driver import Bridge, S
from quiesce_bridge.protocol import load_schema
from quiesce_bridge.schema import Invalid, Schema


class Keywords(unittest.TestCase):
    def check(self, rule, good=(), bad=()):
        schema = Schema({"$defs": {"x": rule, "other": {"type": "integer"}}})
        for value in good:
            schema.check("x", value)
        for value in bad:
            with self.assertRaises(Invalid, msg=repr(value)):
                schema.check("x", value)

    def test_type(self):
        self.check({"type": "integer"}, [0, -1], [1.0, "1", True, None, []])
        self.check({"type": "boolean"}, [True], [1, "true", None])
        self.check({"type": ["integer", "null"]}, [None, 3], [False, "x"])
        self.check({"type": "string"}, [""], [b"", 1])

    def test_bounds(self):
        self.check({"type": "integer", "minimum": 1, "maximum": 3}, [1, 3], [0, 4])
        self.check({"type": ["integer", "null"], "minimum": 1}, [None, 1], [0])

    def test_enum_and_const(self):
        self.check({"enum": [None, "ok", 1]}, [None, "ok", 1], ["no", True, 0, False])
        self.check({"const": 1}, [1], [2, "1"])

    def test_object(self):
        rule = {"type": "object", "required": ["a"], "additionalProperties": False,
                "properties": {"a": {"$ref": "#/$defs/other"}}}
        self.check(rule, [{"a": 1}], [{}, {"a": "x"}, {"a": 1, "b": 2}, []])
        self.check({"type": "object", "additionalProperties": {"type": "string"}},
                   [{}, {"x": ""}], [{"x": 1}])
        self.check({"type": "object"}, [{"anything": 1}])

    def test_array(self):
        rule = {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}
        self.check(rule, [[1], [1, 2]], [[], [1, 2, 3], ["x"], {}])

    def test_one_of(self):
        rule = {"oneOf": [{"type": "object", "properties": {"op": {"const": "a"}, "n": {"type": "integer"}}},
                          {"type": "object", "properties": {"op": {"const": "b"}}}]}
        self.check(rule, [{"op": "a", "n": 1}, {"op": "b"}], [{"op": "c"}, {}, [], {"op": "a", "n": "x"}])


class Observations(unittest.TestCase):
    def test_every_answer_fits_the_schema(self):
        schema = load_schema()
        common = [S("attach"), S("lose"), S("lose"), S("insubstantiate"), S("attach", hold=["all"]),
                  S("silence"), S("reply", what="print"), S("db", mode="hold"), S("turns", mode="manual"),
                  S("attach"), S("turn", index=0), S("turns", mode="auto"), S("db", mode="go"),
                  S("advance", ms=70_000), S("stop_service")]
        steps = {True: [S("want"), S("end")], False: [S("build"), S("mstart_done"), S("build")]}
        seen = 0
        for config in (dict(unit=True, log=True), dict(machine=True, builders=2)):
            with Bridge(config) as b:
                for line in b.run([steps["unit" in config] + common]):
                    schema.check("answer", line)
                    seen += len(line["observations"])
        self.assertEqual(seen, 2 * len(common) + 5)


if __name__ == "__main__":
    unittest.main()
