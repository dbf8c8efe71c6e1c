"""python3 -m quiesce_bridge: requests on standard input, answers on standard output."""

import sys

from .front import Front
from .protocol import reserve_stdout

if __name__ == "__main__":
    Front(reserve_stdout()).serve(sys.stdin.buffer)
