"""Ends what a cloud leaves behind, however it ends, `kill -9` included.

The server holds the other end of standard input; nothing is ever written to it. When it closes,
the server is gone and its Lambdas and containers must go too.
"""

import sys

from embedded_cloud.processes import end_marked

if __name__ == "__main__":
    sys.stdin.read()
    end_marked(sys.argv[1])
