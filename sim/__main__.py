"""``python -m sim`` is ``willing``."""

from sim.cli.main import main

if __name__ == "__main__":
    main()
