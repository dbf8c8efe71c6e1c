"""Starts programs and sees to it that nothing of them outlives this process's standard input.

Each line of standard input is a JSON object: argv, env, dir, and log, the file that the program's output goes to.
Daemons leave their process group and their session. They do not leave their ancestors: as a subreaper this process
becomes the parent of whatever loses its own, takes its exit status, and in the end kills until it has no children.
"""
import ctypes
import json
import os
import signal
import sys

PR_SET_CHILD_SUBREAPER = 36


def start(argv, env, dir, log):
    if os.fork():
        return
    try:
        os.setsid()
        os.chdir(dir)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        os.dup2(1, 2)
        os.execve(argv[0], argv, env)
    except OSError as e:
        print(f'{argv[0]}: {e}', file=sys.stderr)
    finally:
        os._exit(127)


def reap(*_):
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def children():
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat') as f:
                if int(f.read().rpartition(')')[2].split()[1]) == os.getpid():
                    yield int(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass


def main():
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit('this system has no subreapers')
    signal.signal(signal.SIGCHLD, reap)
    try:
        for line in iter(sys.stdin.readline, ''):
            start(**json.loads(line))
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        reap()
        while left := list(children()):  # the children of the killed come next
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            for pid in left:
                os.waitpid(pid, 0)


main()
