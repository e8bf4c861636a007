"""The five steps of a client's work, the state of each, and the one that comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.language import N_
from kanmon.jobs.job import Job, JobState
from kanmon.provision.receipt import DeliveryReceipt
from kanmon.provision.use_cases.client import ClientOverview

HAND_OVER, ASK = "/client#hand-over", "/client/runs"
"""The form on the client's own page to hand applicants over, and the address to which one asks for scores."""


class StepState(StrEnum):
    """How far a step is."""

    DONE = "done"
    UNDER_WAY = "under_way"
    TO_DO = "to_do"
    TROUBLE = "trouble"
    """Something was refused, failed or is stopped."""
    WAITS = "waits"
    """An earlier step comes first."""


@dataclass(frozen=True)
class Step:
    """One step: its name, the id of a message, and how far it is."""

    name: str
    state: StepState


@dataclass(frozen=True)
class NextStep:
    """What to do now: which of the steps it belongs to, counted from 0, the id of its message, where it is done."""

    place: int
    words: str
    address: str

    @property
    def is_press(self) -> bool:
        """Whether a press does it, and no form has to be filled in."""
        return self.address == ASK


@dataclass(frozen=True)
class StepList:
    """A client's work at one moment, in the order in which it is done."""

    desk: ClientOverview

    @property
    def steps(self) -> Sequence[Step]:
        """Hand over, state the use, ask, receive, report the use."""
        return (
            Step(N_("Hand over applicants"), self._handing_over),
            Step(N_("State what scores will be used for"), self._stating),
            Step(N_("Ask for scores"), self._asking),
            Step(N_("Receive the report"), self._receiving),
            Step(N_("Report what it was used for"), self._reporting),
        )

    @property
    def next(self) -> NextStep | None:
        """The one thing to do now; None where providing to the client is stopped."""
        if self.desk.is_stopped:
            return None
        job = self._newest_job
        if self._sealed:
            return NextStep(3, N_("Receive the report"), f"/client/reports/{self._sealed[0].provision_id}")
        if self._unreported:
            due = self._unreported[-1].provision_id
            return NextStep(4, N_("Report what it was used for"), f"/client/reports/{due}/use")
        if job is not None and job.is_open:
            return NextStep(2, N_("See how far the run is"), f"{ASK}/{job.job_no}")
        if self._asking is StepState.DONE:
            return NextStep(0, N_("Hand over further applicants"), HAND_OVER)
        if self._handing_over is not StepState.DONE:
            return NextStep(0, N_("Hand over applicants"), HAND_OVER)
        if job is not None and job.state is JobState.REFUSED and self._is_current(job):
            return NextStep(2, N_("See why a rule refuses it"), f"{ASK}/{job.job_no}")
        if not self.desk.may_ask:
            return NextStep(1, N_("State what scores will be used for"), "/client/use")
        return NextStep(2, N_("Ask for scores"), ASK)

    @property
    def _handing_over(self) -> StepState:
        if self.desk.has_refused_rows:
            return StepState.TROUBLE
        is_done = self.desk.last_handed_over_at or self.desk.deliveries or self.desk.jobs
        return StepState.DONE if is_done else StepState.TO_DO

    @property
    def _stating(self) -> StepState:
        if self.desk.may_ask:
            return StepState.DONE
        intended, alerts = self.desk.intended, self.desk.alerts
        is_prohibited = bool(alerts) and (intended is None or alerts[0].raised_at >= intended[1])
        return StepState.TROUBLE if is_prohibited else StepState.TO_DO

    @property
    def _asking(self) -> StepState:
        job = self._newest_job
        if job is not None and job.is_open:
            return StepState.UNDER_WAY
        if job is not None and self._is_current(job):
            return StepState.DONE if job.state is JobState.DONE else StepState.TROUBLE
        if self.desk.last_handed_over_at is None and self.desk.deliveries:
            return StepState.DONE
        return StepState.TO_DO if self.desk.may_ask else StepState.WAITS

    @property
    def _receiving(self) -> StepState:
        if self.desk.is_stopped:
            return StepState.TROUBLE
        if self._sealed:
            return StepState.TO_DO
        return StepState.DONE if self.desk.deliveries else StepState.WAITS

    @property
    def _reporting(self) -> StepState:
        if self._unreported:
            return StepState.TO_DO
        return StepState.DONE if len(self.desk.deliveries) > len(self._sealed) else StepState.WAITS

    @property
    def _newest_job(self) -> Job | None:
        return self.desk.jobs[0] if self.desk.jobs else None

    def _is_current(self, job: Job) -> bool:
        """Whether nothing was handed over since the job was asked for."""
        return self.desk.last_handed_over_at is None or job.asked_at >= self.desk.last_handed_over_at

    @property
    def _sealed(self) -> Sequence[DeliveryReceipt]:
        return [delivery for delivery in self.desk.deliveries if delivery.acknowledged_at is None]

    @property
    def _unreported(self) -> Sequence[DeliveryReceipt]:
        return [delivery for delivery in self.desk.deliveries if delivery.acknowledged_at and not delivery.stated_at]
