"""The program `betaboard`, also `python -m app`. Until its command runs, Ctrl-C ends it without a word.

That comes before the imports: a KeyboardInterrupt in the midst of them shows a trace of them.
"""

from app.signals import end_on_interrupt

end_on_interrupt()

from app.cli import main  # noqa: E402

__all__ = ["main"]

if __name__ == "__main__":
    main()
