"""`python -m fake_procapita`."""

import sys

from fake_procapita.cli import main

if __name__ == "__main__":
    sys.exit(main())
