"""Jobs: solves that outlive the page."""

from __future__ import annotations

from collections.abc import Collection

from planner.store.records import Job, JobKind, JobState, ProgressPoint, SolveOptions


class Jobs:
    """The queue and what runs. Whoever looks moves it along: there is no server to keep alive."""

    def submit(
        self,
        desk_id: str,
        run_id: str,
        kind: JobKind = "solve",
        options: SolveOptions | None = None,
    ) -> Job:
        """Ask for the plan of the desk as it is now.

        ``run_id`` is made at the click (``new_run_id``): the same one again returns the same job.
        ``solve``: a process of its own, in its turn. ``answer``: by the warm worker of the version,
        at once; an earlier answer of the desk that is still under way is cancelled. Raises
        QueueFull, FaultyWorkbook.
        """
        raise NotImplementedError

    def get(self, job_id: str) -> Job:
        """The job as it is now; moves the queue along, and sees what died."""
        raise NotImplementedError

    def list(
        self,
        *,
        desk_id: str | None = None,
        states: Collection[JobState] | None = None,
        kind: JobKind | None = None,
        limit: int = 100,
    ) -> tuple[Job, ...]:
        """Jobs, the newest first; moves the queue along."""
        raise NotImplementedError

    def progress(self, job_id: str) -> tuple[ProgressPoint, ...]:
        """What was told while it ran, in order; the first bound of 0 and infinite incumbents are
        not in it, so it can be charted as it is."""
        raise NotImplementedError

    def cancel(self, job_id: str, *, keep_plan: bool = False) -> Job:
        """End a job; ``keep_plan`` takes the best plan found so far. One that does not end within
        the grace period is killed. An ended job stays as it is."""
        raise NotImplementedError

    def retry(self, job_id: str, run_id: str) -> Job:
        """The same question once more (of a lost, failed or cancelled job), as a new job."""
        raise NotImplementedError

    def pump(self) -> None:
        """Start what may start, end what must end, and mark as lost what died."""
        raise NotImplementedError

    def log(self, job_id: str) -> str:
        """The job's log, at most its last 200 kB."""
        raise NotImplementedError
