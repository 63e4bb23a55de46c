"""The schema's history: Alembic revisions in versions/, known here by name without importing Alembic."""

KNOWN = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0017",
    "0018",
    "0022",
    "0023",
    "0025",
)
"""Every revision, oldest first."""

HEAD = KNOWN[-1]
