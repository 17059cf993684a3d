"""The offline verifier as a program of its own."""

from zimao.kernel.evidence.verifier import main

if __name__ == "__main__":
    main()
