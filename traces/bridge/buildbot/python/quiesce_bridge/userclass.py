"""Loads a user's latent worker class from its file and makes workers of it."""

import inspect
import os
import sys
import traceback

from buildbot.config import ConfigErrors
from buildbot.worker.latent import AbstractLatentWorker

from .config import PASSWORD, WORKER
from .protocol import Refused

# Quick enough for a trace, slow enough to be told apart; as in config.py.
USUAL = dict(build_wait_timeout=10, missing_timeout=60)


class UserClass:
    """A class of a file, and the arguments for it.  Refused says what is wrong, and where."""

    def __init__(self, path, shown, name, arguments):
        """shown: the path as messages have it"""
        self.path, self.name, self.arguments = os.path.abspath(path), name, arguments
        self.shown = path = shown or path
        sys.path.insert(0, os.path.dirname(self.path))
        try:
            with open(self.path, "rb") as f:
                self.code = compile(f.read(), self.path, "exec")
        except OSError as e:
            raise Refused("worker", f"{path}: {e.strerror}") from e
        except (SyntaxError, ValueError) as e:
            line, column = getattr(e, "lineno", None) or 1, getattr(e, "offset", None) or 1
            raise Refused("worker", f"{path}:{line}:{column}: {getattr(e, 'msg', e)}") from e

    def load(self):
        """runs the file"""
        module = type(sys)("quiesce_user_file")
        module.__file__ = self.path
        # Classes look their module up, for pickling and for dataclasses.
        sys.modules[module.__name__] = module
        try:
            exec(self.code, module.__dict__)
        except (Exception, SystemExit) as e:
            raise Refused("worker", f"{self._place(e)}: {type(e).__name__}: {e}") from e
        return self._class_of(module)

    def _class_of(self, module):
        found = getattr(module, self.name, None)
        if isinstance(found, type) and issubclass(found, AbstractLatentWorker):
            return found
        if isinstance(found, type):
            raise Refused("worker", f"{self.shown}:{self._line_of(found)}: {self.name} is not a subclass of"
                                    " buildbot.worker.latent.AbstractLatentWorker")
        known = sorted(n for n, c in vars(module).items() if isinstance(c, type)
                       and issubclass(c, AbstractLatentWorker) and c.__module__ == module.__name__)
        raise Refused("worker", f"{self.shown}: there is no class {self.name}; the latent workers in it are:"
                                f" {', '.join(known) or 'none'}")

    def make(self):
        """a new worker; its name is the one with which the worker process logs in"""
        cls = self.load()
        parameters = self._parameters(cls)
        arguments = {name: value for name, value in USUAL.items()
                     if name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())}
        arguments.update(self.arguments)
        missing = [name for name, p in parameters.items() if p.default is p.empty
                   and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and name not in ("name", "password")
                   and name not in arguments]
        where = self.where(cls)
        if missing:
            wanted = " ".join(f"--arg {name}=VALUE" for name in missing)
            raise Refused("worker", f"{where}: {self.name} needs {', '.join(missing)}; give {wanted}")
        try:
            return cls(WORKER, PASSWORD, **arguments)
        except ConfigErrors as e:
            raise Refused("worker", f"{where}: {self.name} does not accept its arguments: {'; '.join(e.errors)}") from e
        except Exception as e:
            raise Refused("worker", f"{self._place(e)}: {self.name} cannot be made: {type(e).__name__}: {e}") from e

    def _parameters(self, cls):
        """of checkConfig, which sees what the constructor is given, without self"""
        method = cls.checkConfig if cls.__init__ is AbstractLatentWorker.__init__ else cls.__init__
        found = dict(list(inspect.signature(method).parameters.items())[1:])
        if method is cls.__init__ and not any(p.kind is p.POSITIONAL_OR_KEYWORD for p in found.values()):
            found = dict(list(inspect.signature(cls.checkConfig).parameters.items())[1:])
        return found

    def where(self, cls=None):
        """file:line of the class"""
        return f"{self.shown}:{self._line_of(cls or self.load())}"

    def _line_of(self, cls):
        try:
            return inspect.getsourcelines(cls)[1]
        except (OSError, TypeError):
            return 1

    def _place(self, e):
        """file:line of the last place in the user's file that an exception passed"""
        lines = [frame.lineno for frame in traceback.extract_tb(e.__traceback__) if frame.filename == self.path]
        return f"{self.shown}:{lines[-1] if lines else 1}"

    def place_of(self, why):
        """the same of a failure, or None if it did not pass the file"""
        lines = [line for _, path, line, *_ in why.frames if path == self.path]
        if why.value is not None and why.value.__traceback__ is not None:
            lines += [f.lineno for f in traceback.extract_tb(why.value.__traceback__) if f.filename == self.path]
        return f"{self.shown}:{lines[-1]}" if lines else None

    def here(self):
        """file:line of the user's code that is running"""
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                return f"{self.shown}:{frame.f_lineno}"
            frame = frame.f_back
        return None
