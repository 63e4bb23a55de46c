"""Where runs are carried out: a protocol (`base`), children (`local`), threads (`inline`), a Ray cluster.

For that one the worker has `cluster`, which starts a process of its own: `bridge`, with `ray`, the one module
that imports Ray. It has each run carried out on another machine by `node`. A `parcel` goes there, and what is
trained there is kept alike here by `mirror`.
"""
