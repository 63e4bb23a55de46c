"""Where runs are carried out: a protocol (`base`), child processes (`local`), threads (`inline`), a Ray cluster.

Of Ray: the worker has `cluster`, which talks to a process of its own (`ray`, the one module that imports Ray);
that process has each run carried out by `node`, on another machine. `parcel` goes there, `mirror` comes back.
"""
