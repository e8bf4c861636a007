"""The gate and the re-judgement agree on whatever people did; `benchmarks.rejudgement` asks millions of times."""

from collections import Counter
from itertools import islice
from random import Random

from kanmon.audits.rejudgement.faults import ProvisionFault
from tests.unit.audits.rejudgement.cases import cases


def test_the_two_agree_on_generated_cases() -> None:
    answered: Counter[bool] = Counter()
    faults: Counter[ProvisionFault] = Counter()
    for drawn in islice(cases(Random(21), people=12), 480):
        assert drawn.disagreements() == []
        answered.update(is_allowed for is_allowed, _ in drawn.platform_says)
        faults.update(fault for found in drawn.judged_afresh([None] * 12) for fault in found)
    assert answered[True] > 80
    beyond_cases = {
        ProvisionFault.REPRESENTATIVE,
        ProvisionFault.STALE,
        ProvisionFault.ERASED,
        ProvisionFault.NOT_RECORDED,
    }  # of ages (tests/stores/test_ages.py), scores, erasures and seals, which no case draws
    assert set(ProvisionFault) - set(faults) == beyond_cases


def test_a_yes_on_other_evidence_falls() -> None:
    for drawn in islice(cases(Random(4), people=12), 100):
        said = drawn.platform_says
        found = drawn.judged_afresh([-1 if evidence is not None else None for _, evidence in said])
        for (is_allowed, evidence), faults in zip(said, found, strict=True):
            if is_allowed and evidence is not None:
                assert faults == [ProvisionFault.OTHER_EVIDENCE]
