"""The ceremonies of WebAuthn, verified by py_webauthn."""

import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from kanmon.access.account import Account
from kanmon.access.passkeys import CHALLENGE_LASTS, Credential, PresentedCredential, Site, refused

LONGEST_ANSWER = 20_000
"""Characters; an authenticator's answer has about a thousand."""
_TIMEOUT = int(CHALLENGE_LASTS.total_seconds() * 1000)


class WebAuthnCeremonies:
    """See `access.passkeys.Ceremonies`."""

    def to_register(self, site: Site, account: Account, challenge: bytes, known: Sequence[bytes]) -> str:
        """What the browser is asked for, as JSON; `known` are the IDs that the account has already."""
        options = generate_registration_options(
            rp_id=site.host,
            rp_name="Kanmon",
            user_id=_handle(account),
            user_name=account.name,
            challenge=challenge,
            timeout=_TIMEOUT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        )
        return options_to_json(options)

    def to_sign_in(self, site: Site, challenge: bytes) -> str:
        """What the browser is asked for, as JSON."""
        options = generate_authentication_options(
            rp_id=site.host,
            challenge=challenge,
            timeout=_TIMEOUT,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def presented(self, answer: str) -> PresentedCredential:
        """The credential and the challenge that an answer names."""
        with _refusing():
            if len(answer) > LONGEST_ANSWER:
                raise ValueError
            said = json.loads(answer)
            client_data = parse_client_data_json(base64url_to_bytes(said["response"]["clientDataJSON"]))
            return PresentedCredential(base64url_to_bytes(said["rawId"]), client_data.challenge)

    def registered(self, site: Site, answer: str, challenge: bytes) -> Credential:
        """The credential that an answer brings."""
        with _refusing():
            verified = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        return Credential(verified.credential_id, verified.credential_public_key, verified.sign_count)

    def signed(self, site: Site, answer: str, challenge: bytes, credential: Credential, account: Account) -> int:
        """How often the credential has signed now; the answer is its, is of this account, and verifies."""
        with _refusing():
            parsed = parse_authentication_credential_json(answer)
            if parsed.raw_id != credential.credential_id or parsed.response.user_handle != _handle(account):
                raise ValueError
            verified = verify_authentication_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=credential.public_key,
                credential_current_sign_count=credential.sign_count,
                require_user_verification=True,
            )
        return verified.new_sign_count


def _handle(account: Account) -> bytes:
    """What an authenticator keeps of an account: its number, which says nothing of the person."""
    return account.account_no.to_bytes(8, "big")


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever an answer is made of that can't be read is a refusal, and no fault of the program."""
    try:
        yield
    except (
        WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error,
    ) as error:  # fmt: skip
        raise refused() from error
