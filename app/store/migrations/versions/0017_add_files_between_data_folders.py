"""Add the data folders of a board, in which of them a run is, and files on their way between them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    """Add the column and the tables."""
    op.add_column("runs", sa.Column("folder_id", sa.String))
    op.create_table(
        "folders",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("served_at", sa.String),
        sa.Column("worked_at", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_folders"),
    )
    op.create_table(
        "run_files",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("folder_id", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("bytes", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_files"),
        sa.UniqueConstraint("run_id", "name", name="uq_run_files_run_id_name"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_files_run_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run_file_chunks",
        sa.Column("content", sa.String, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("content", "number", name="pk_run_file_chunks"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="fk_run_file_chunks_run_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_run_file_chunks_run_id", "run_file_chunks", ["run_id"])
