"""Run by Alembic: the migrations, on the connection that the store hands over."""

from alembic import context

from planner.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter most things: a table is made anew and its rows are copied.
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
