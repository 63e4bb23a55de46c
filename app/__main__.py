"""The program `betaboard`, also `python -m app`. Until its command runs, Ctrl-C ends it without a word.

That comes before the imports: a KeyboardInterrupt in the midst of them shows a trace of them. `signal` itself
imports a good deal; its core does not.
"""

import _signal  # type: ignore[import-not-found]  # typeshed has only the whole

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # a job in the background ignores it
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

from app.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
