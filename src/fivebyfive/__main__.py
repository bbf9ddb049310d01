"""``python -m fivebyfive`` is the command ``5x5``."""

from fivebyfive.cli import main

if __name__ == "__main__":
    main()
