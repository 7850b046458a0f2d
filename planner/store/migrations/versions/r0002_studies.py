"""Analyses as jobs, with what they found; warm workers say when they are."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("study", sa.Text(), nullable=True))
    # A worker of before is no longer known here, and ends by itself.
    op.execute("DELETE FROM workers")
    with op.batch_alter_table("workers", schema=None, recreate="always") as batch_op:
        batch_op.add_column(sa.Column("ready", sa.Boolean(), nullable=False))
    op.create_table(
        "findings",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_findings_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_findings")),
    )
