"""What the states, steps and roles of a revision are called; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.reviews.revisions.model import Act, RevisionState

STATES: Mapping[RevisionState, str] = {
    RevisionState.DRAFT: N_("drafted"),
    RevisionState.MODELLED: N_("modelled"),
    RevisionState.CHECKED: N_("text checked"),
    RevisionState.IMPACT_SET: N_("impact worked out"),
    RevisionState.REVIEWED: N_("reviewed"),
    RevisionState.SCHEDULED: N_("scheduled"),
    RevisionState.DEPLOYING: N_("being rolled out"),
    RevisionState.VERIFIED: N_("all screens verified"),
    RevisionState.ACTIVE: N_("active"),
    RevisionState.SUPERSEDED: N_("superseded"),
    RevisionState.ABANDONED: N_("abandoned"),
}
ACTS: Mapping[Act, str] = {
    Act.DRAFT: N_("draft written"),
    Act.MODEL: N_("elements quoted"),
    Act.CHECK: N_("text examined under the law in force"),
    Act.SET_IMPACT: N_("impact set computed"),
    Act.REMOVE_SCREEN: N_("screen taken out"),
    Act.CONFIRM: N_("confirmed as instructed"),
    Act.ADVISE: N_("students' view given"),
    Act.REVIEW: N_("three questions answered"),
    Act.SCHEDULE: N_("day fixed"),
    Act.DEPLOY: N_("roll-out begun"),
    Act.VERIFY: N_("screens verified"),
    Act.ACTIVATE: N_("put in force"),
    Act.SUPERSEDE: N_("replaced by a later version"),
    Act.ABANDON: N_("given up"),
}
