"""`python -m kanmon` is `kanmon`."""

from kanmon.cli.main import main

if __name__ == "__main__":
    main()
