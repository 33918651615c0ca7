import sys

from rollcall.worker.entry import main

main(sys.argv[1:])
