"""What a client names as the ground of what it hands over: consent or entrustment, and no exception of the law."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import TypeAdapter, ValidationError

from kanmon.clients.acquisition import Acquisition
from kanmon.clients.contract import NO_BASIS, LegalBasis, no_basis
from kanmon.core.errors import AcquisitionNotStated

CONTRACT = cast("Any", SimpleNamespace(legal_basis=LegalBasis.CONSENT))


@pytest.mark.parametrize("exception", sorted(NO_BASIS))
def test_a_client_that_names_an_exception_from_consent_is_refused_with_its_reason(exception: str) -> None:
    with pytest.raises(AcquisitionNotStated) as refused:
        Acquisition.stated("applicants", "they applied with us", exception, CONTRACT)
    assert f"“{exception}” is no basis for scores" in str(refused.value)
    assert refused.value.values == {"value": exception}


def test_what_a_client_names_otherwise_is_judged_as_before() -> None:
    with pytest.raises(AcquisitionNotStated, match="APPI-10: say from whom"):
        Acquisition.stated("applicants", "they applied with us", "necessity", CONTRACT)
    assert Acquisition.stated("applicants", "w", "consent", CONTRACT).legal_basis is LegalBasis.CONSENT


def test_no_stored_contract_can_name_an_exception() -> None:
    for exception in NO_BASIS:
        with pytest.raises(ValidationError):
            TypeAdapter(LegalBasis).validate_python(exception)
    assert {basis for basis in LegalBasis if no_basis(basis) is not None} == set()
