"""What stages, parts and acts of a review are called; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.gate.releases import ReviewAct
from kanmon.reviews.releases.model import ReleaseSubject, Stage

STAGE_TEXTS: Mapping[Stage, str] = {
    Stage.IDEA: N_("idea"),
    Stage.DESIGN: N_("design"),
    Stage.BUILT: N_("built"),
    Stage.RELEASED: N_("released"),
}
CHANGED_TEXTS: Mapping[ReleaseSubject, str] = {
    ReleaseSubject.SERVICE: N_("The service itself"),
    ReleaseSubject.FEATURES: N_("The features computed from behaviour"),
    ReleaseSubject.MODEL: N_("The kind of model"),
    ReleaseSubject.CONTRACT: N_("The kind of contract"),
    ReleaseSubject.SCREENS: N_("The screens"),
}
ACT_TEXTS: Mapping[ReviewAct, str] = {
    ReviewAct.DESCRIBE: N_("described"),
    ReviewAct.ANSWER: N_("answered"),
    ReviewAct.APPROVE: N_("decided"),
}
