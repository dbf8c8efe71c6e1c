"""Requests and answers: what is refused and how, and that nothing else reaches stdout."""

import os
import subprocess
import sys
import tempfile
import unittest

from .driver import PACKAGE, Bridge, S


class Requests(unittest.TestCase):
    def refused(self, line, kind, text, config=None):
        with Bridge(config) as b:
            b.send(line)
            error = b.read()["error"]
            self.assertEqual(error["kind"], kind)
            self.assertIn(text, error["message"])
            # A refused request does not end the conversation.
            b.send('{"protocol":1,"id":9,"op":"step","step":{"op":"observe"}}')
            answer = b.read()
            self.assertEqual(answer["id"], 9)
            self.assertEqual("result" in answer, config is not None)

    def test_malformed(self):
        self.refused("{", "request", "not JSON")
        self.refused("[" * 100_000, "request", "")
        self.refused("[1]", "request", "not an object")
        self.refused('{"id":1,"op":"quit"}', "protocol", "None; this bridge speaks 1")
        self.refused('{"protocol":2,"id":1,"op":"quit"}', "protocol", "2; this bridge speaks 1")
        self.refused('{"protocol":1,"id":0,"op":"quit"}', "request", "request quit.id is 0")
        self.refused('{"protocol":1,"id":1,"op":"fly"}', "request", "'fly', not one of")
        self.refused('{"protocol":1,"id":1,"op":"boot","config":{"speed":1}}', "request", "'speed'; known are")

    def test_not_booted(self):
        self.refused('{"protocol":1,"id":1,"op":"run","traces":[],"budget_ms":1,"wall_ms":1}',
                     "request", "nothing is booted")

    def test_booted_twice(self):
        self.refused('{"protocol":1,"id":1,"op":"boot"}', "request", "booted already", config=dict(unit=True))

    def test_steps_are_checked(self):
        for step, text in (('{"op":"jump"}', "not one of"),
                           ('{"op":"attach","speed":3}', "has 'speed'"),
                           ('{"op":"advance"}', "has no 'ms'"),
                           ('{"op":"advance","ms":-1}', "out of 0.."),
                           ('{"op":"start_done","result":true}', "True, not one of")):
            self.refused('{"protocol":1,"id":1,"op":"step","step":%s}' % step, "request", text)

    def test_no_package(self):
        self.refused('{"protocol":1,"id":1,"op":"boot","tree":"/nowhere"}', "tree", "no package buildbot in /nowhere")

    def test_old_version(self):
        with tempfile.TemporaryDirectory() as tree:
            os.mkdir(os.path.join(tree, "buildbot"))
            # The whole package is there, but it says that it is old.
            import buildbot
            source = os.path.dirname(buildbot.__file__)
            for name in os.listdir(source):
                if name != "__init__.py":
                    os.symlink(os.path.join(source, name), os.path.join(tree, "buildbot", name))
            with open(os.path.join(tree, "buildbot", "__init__.py"), "w", encoding="utf-8") as f:
                f.write('version = __version__ = "3.6.1"\n')
            self.refused('{"protocol":1,"id":1,"op":"boot","tree":"%s"}' % tree, "version", "3.6.1")

    def test_missing_dependency(self):
        with tempfile.TemporaryDirectory() as tree:
            os.mkdir(os.path.join(tree, "buildbot"))
            with open(os.path.join(tree, "buildbot", "__init__.py"), "w", encoding="utf-8") as f:
                f.write("import a_package_that_is_not_there\n")
            self.refused('{"protocol":1,"id":1,"op":"boot","tree":"%s"}' % tree,
                         "import", "a_package_that_is_not_there")

    def test_stdout_is_reserved(self):
        program = ("from quiesce_bridge.protocol import reserve_stdout; import os\n"
                   "fd = reserve_stdout(); print('stray'); os.system('echo child'); os.write(fd, b'answer')")
        out = subprocess.run([sys.executable, "-c", program], cwd=PACKAGE, capture_output=True, check=True)
        self.assertEqual(out.stdout, b"answer")
        self.assertIn(b"stray", out.stderr)
        self.assertIn(b"child", out.stderr)

    def test_quit_and_end_of_input(self):
        for line in ('{"protocol":1,"id":1,"op":"quit"}\n', "", "\n\n"):
            done = subprocess.run([sys.executable, "-m", "quiesce_bridge"], cwd=PACKAGE,
                                  input=line.encode(), capture_output=True, timeout=30, check=True)
            self.assertEqual(done.stdout, b"")


class Versions(unittest.TestCase):
    def test_boot_says_what_runs(self):
        with Bridge(dict(unit=True)) as b:
            self.assertRegex(b.booted["buildbot"], r"^\d+\.\d+")
            self.assertEqual(b.booted["python"], sys.version.split()[0])
            self.assertTrue(os.path.isdir(b.booted["path"]))
            self.assertEqual(b.booted["state"]["state"], "NOT_SUBSTANTIATED")

    def test_step_by_step(self):
        with Bridge(dict(unit=True)) as b:
            for step, state in ((S("want"), "SUBSTANTIATING_STARTING"), (S("attach"), "SUBSTANTIATED")):
                self.assertEqual(b.ask(op="step", step=step)["result"]["state"], state)


if __name__ == "__main__":
    unittest.main()
