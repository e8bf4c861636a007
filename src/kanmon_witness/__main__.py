"""`python -m kanmon_witness`."""

from kanmon_witness.main import main

if __name__ == "__main__":
    main()
