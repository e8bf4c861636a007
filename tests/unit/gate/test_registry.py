"""What rules declare: every file is gathered, names its source, and denies in the decision tables as it declares."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kanmon.consent.law import JP_APPI_2017, PROFILES
from kanmon.gate import judgement, rules
from kanmon.gate.decision import REASON_ORDER, Decision, DenialReason, ReasonCode
from kanmon.gate.judgement import HOW_MANY, RULES, WITHOUT_RULE, complete
from kanmon.gate.rule import AgreementRule, PersonRule, TermsRule
from tests.decisions.cases import CASES, moment, question
from tests.unit.gate.test_cases import world

STAGES = ("TERMS_RULES", "ROW_RULES", "PERSON_RULES", "COOKIE_RULES", "ABSENCE_RULES", "AGREEMENT_RULES")
Judge = Callable[..., DenialReason | None]


def test_every_file_of_the_rules_is_gathered() -> None:
    files = Path(rules.__path__[0]).glob("*.py")
    assert sorted(rule.name for rule in RULES) == sorted(path.stem for path in files if path.stem != "__init__")


def test_rules_stand_in_the_order_of_their_reasons_and_then_of_their_names() -> None:
    assert list(RULES) == sorted(RULES, key=lambda rule: (REASON_ORDER[rule.code], rule.name))


@pytest.mark.parametrize("code", sorted(set(ReasonCode) - WITHOUT_RULE))
def test_a_gate_that_lost_its_rule_for_a_code_does_not_start(code: ReasonCode) -> None:
    with pytest.raises(ImportError, match=f"no rule of the gate answers {code}$"):
        complete(rule for rule in RULES if rule.code is not code)


@pytest.mark.parametrize("lost", RULES, ids=lambda rule: rule.name)
def test_a_gate_that_lost_any_of_its_rules_does_not_start(lost: Any) -> None:
    assert len(RULES) == HOW_MANY
    with pytest.raises(ImportError):
        complete(rule for rule in RULES if rule is not lost)


def test_codes_without_a_rule_have_none() -> None:
    assert {rule.code for rule in RULES}.isdisjoint(WITHOUT_RULE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_asks_and_where_it_comes_from(rule: Any) -> None:
    assert rule.title.endswith(".")
    assert rule.citation
    assert not rule.citation.endswith(".")
    assert rule.in_force_from in {profile.in_force_from for profile in PROFILES.values()}


def test_every_rule_is_asked_at_the_stages_that_it_declares() -> None:
    asked = sorted(judge.__module__ for stage in STAGES for judge in getattr(judgement, stage))
    declared = [rule.judge.__module__ for rule in RULES if isinstance(rule, TermsRule | AgreementRule)]
    declared += [rule.judge.__module__ for rule in RULES if isinstance(rule, PersonRule) for _ in rule.stages]
    assert asked == sorted(declared)
    assert {rule.judge.__module__ for rule in RULES} == set(asked)


def played(case: Mapping[str, Any]) -> Decision:
    return world(case).ask(question(case), moment(case.get("computed")), provided=moment(case.get("provided")))[0]


def denials(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Mapping[str, set[ReasonCode]]:
    """The codes that each rule answers in the decision tables, with the same changes to every case."""
    answered: defaultdict[str, set[ReasonCode]] = defaultdict(set)

    def noted(judge: Judge) -> Judge:
        def judge_and_note(*facts: Any) -> DenialReason | None:
            reason = judge(*facts)
            if reason is not None:
                answered[judge.__module__.rpartition(".")[2]].add(reason.code)
            return reason

        return judge_and_note

    with monkeypatch.context() as patch:
        for stage in STAGES:
            patch.setattr(judgement, stage, tuple(map(noted, getattr(judgement, stage))))
        for case in CASES:
            played({**case, **changes})
    return answered


def test_every_rule_denies_in_the_decision_tables_and_with_its_code_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert denials(monkeypatch) == {rule.name: {rule.code} for rule in RULES}


def test_under_the_oldest_law_those_rules_deny_that_were_in_force_then(monkeypatch: pytest.MonkeyPatch) -> None:
    oldest = JP_APPI_2017
    in_force = {rule.name for rule in RULES if rule.in_force_from <= oldest.in_force_from}
    assert set(denials(monkeypatch, law=oldest.profile_id)) == in_force


def test_a_decision_does_not_depend_on_the_order_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    in_order = [played(case) for case in CASES]
    for stage in STAGES:
        monkeypatch.setattr(judgement, stage, getattr(judgement, stage)[::-1])
    assert [played(case) for case in CASES] == in_order
