"""Add named tokens, and the browsers that are signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("prefix", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("last_used_at", sa.String),
        sa.Column("expires_at", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("name", name="uq_tokens_name"),
        sa.UniqueConstraint("digest", name="uq_tokens_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("token_id", sa.Integer),
        sa.Column("created_at", sa.String, nullable=False),
        sa.Column("expires_at", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sign_ins"),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name="fk_sign_ins_token_id", ondelete="CASCADE"),
    )
    op.create_index("ix_sign_ins_token_id", "sign_ins", ["token_id"])
