"""What the master logged since the last step, free of anything that varies."""

import re

from twisted.python import log

# Addresses of objects are the one thing in a log line that differs between processes;
# RemoteCommand writes its own in decimal.
ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}|(?<=at )\d{9,}")


class Journal:
    def __init__(self):
        self.lines, self.errors = [], []
        self.basedir = None

    def start(self, basedir):
        """basedir: the master's, a different one in every process"""
        self.basedir = basedir
        log.startLoggingWithObserver(self.observe, setStdout=0)

    def observe(self, event):
        if event.get("isError"):
            self.errors.append(self._plain(_error(event)))
            return
        text = log.textFromEventDict(event) if event.get("message") or event.get("format") else None
        if text:
            self.lines.append(self._plain(text))

    def _plain(self, text):
        return ADDRESS.sub("0x…", text.replace(self.basedir, "BASEDIR"))

    def take(self):
        lines, errors = self.lines, self.errors
        self.lines, self.errors = [], []
        return lines, errors


def _error(event):
    why = event.get("failure")
    if why is None:
        text = " ".join(map(str, event["message"]))
    else:
        text = f"{why.type.__name__}: {why.getErrorMessage()}"
    return f"{event['why']}: {text}" if event.get("why") else text
