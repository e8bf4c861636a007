"""Witnesses outside: forks and rollbacks are refused by them and told, and one that fails blocks nothing.

Honest witnesses run in processes of their own; others are small servers that answer as they like.
"""

import contextlib
import http.server
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from kanmon.application.application import Application
from kanmon.core.clock import SystemClock
from kanmon.core.errors import UsageError
from kanmon.core.settings import read_settings
from kanmon.ledger.comparison import Verdict, compare
from kanmon.ledger.cosignature import WitnessKey, cosignatures_on, counted
from kanmon.ledger.fsck import LedgerFault
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import cosigned_note, receipt_of
from kanmon.ledger.use_cases.checks import ledger_check
from kanmon.ledger.witnesses.files.http import MOST_BYTES, HttpWitnesses
from kanmon.ledger.witnesses.files.settings import QUORUM, SETTING, witnesses_from
from kanmon.ledger.witnesses.model import WitnessAnswer, WitnessOutcome, WitnessRecord
from kanmon.ledger.witnesses.use_cases import ASKED_AGAIN_AFTER, Witnesses, consistency_file, witness_records
from kanmon_witness import notes
from tests.stores.test_second_copy import Site, enter, site
from tests.stores.test_withdrawal_race import KEY, board
from tests.unit.ledger import second_verifier
from tests.unit.ledger.witnessed import line_over
from tests.unit.witness.running import RunningWitness, witness

__all__ = ["board", "site"]
NAMES = ("witness.example/w1", "witness.example/w2", "witness.example/w3")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[RunningWitness, RunningWitness]]:
    with (
        witness(tmp_path / "w1", NAMES[0], KEY.verifier) as one,
        witness(tmp_path / "w2", NAMES[1], KEY.verifier) as two,
    ):
        yield one, two


@pytest.fixture
def application(site: Site) -> Application:
    """Without a second place: nothing but a witness knows what was signed."""
    return replace(site.application(), transactions=site.transactions_alone())


def named(*running: RunningWitness | tuple[str, str], quorum: int | None = None) -> dict[str, str]:
    pairs = [(one.vkey, one.url) if isinstance(one, RunningWitness) else one for one in running]
    said = {SETTING: "\n".join(f"{vkey} {url}" for vkey, url in pairs)}
    return said if quorum is None else said | {QUORUM: str(quorum)}


def asked(application: Application, environ: dict[str, str]) -> dict[str, WitnessAnswer]:
    answers = Witnesses(application, environ, HttpWitnesses(3)).ask(all_of_them=True)
    return {answer.witness.key.name: answer for answer in answers}


def outcomes(application: Application, environ: dict[str, str]) -> list[WitnessOutcome]:
    return [answer.outcome for answer in asked(application, environ).values()]


def receipt(application: Application, seq: int) -> bytes:
    with application.transactions.read() as work:
        return receipt_of(work.ledger, seq, KEY.verifier, shows_payload=True)


def cosigned_by(application: Application, seq: int, *running: RunningWitness) -> int:
    """By how many of these a receipt is cosigned, as both verifiers say."""
    vkeys = [one.vkey for one in running]
    keys = [WitnessKey.parse(vkey) for vkey in vkeys]
    content = receipt(application, seq)
    count = len(counted(verify_receipt(content, KEY.verifier, keys).cosignatures, keys, datetime.now(UTC)))
    assert second_verifier.verify(content, str(KEY.verifier), vkeys) == count
    return count


def records(application: Application) -> dict[str, WitnessRecord]:
    return {record.name: record for record in witness_records(application)[0]}


def test_each_checkpoint_is_cosigned_and_receipts_carry_it(
    application: Application, pair: tuple[RunningWitness, RunningWitness]
) -> None:
    environ = named(*pair, quorum=2)
    assert cosigned_by(application, 1, *pair) == 0
    for _ in range(3):
        enter(application.transactions, 4)
        witnesses = Witnesses(application, environ)
        assert witnesses.are_due()
        assert [answer.outcome for answer in witnesses.ask()] == [WitnessOutcome.COSIGNED] * 2
        assert not witnesses.are_due(), "nothing new was signed"
        with application.transactions.read() as work:
            newest = work.ledger.size() - 1
        assert cosigned_by(application, newest, *pair) == 2
    policy = verify_receipt(receipt(application, 0), KEY.verifier).policy
    assert policy is not None
    assert (policy.quorum, [str(key) for key in policy.witnesses]) == (2, [one.vkey for one in pair])
    with application.transactions.read() as work:
        note = cosigned_note(work.ledger, newest + 1, KEY.verifier) or ""
        assert cosigned_note(work.ledger, 10**9, KEY.verifier) is None
    assert len(cosignatures_on(note, policy.witnesses)) == 2
    assert note == pair[0].newest(KEY.name).body + note.splitlines(keepends=True)[-1]
    enter(application.transactions, 1)
    assert cosigned_by(application, newest, *pair) == 2, "under the newest checkpoint that is cosigned"
    assert cosigned_by(application, newest + 1, *pair) == 0, "which does not reach this one yet"


def test_a_split_view_is_signed_by_no_majority_and_found_by_two_holders(
    application: Application, site: Site, tmp_path: Path
) -> None:
    """Two databases go different ways under one key: of two honest witnesses none signs both."""
    with (
        witness(tmp_path / "w1", NAMES[0], KEY.verifier) as one,
        witness(tmp_path / "w2", NAMES[1], KEY.verifier) as two,
    ):
        environ = named(one, two)
        assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2
        parted = site.copied()
        enter(application.transactions, 3)
        assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2
        with application.transactions.read() as work:
            seq = work.ledger.size() - 1
        mine = receipt(application, seq)
        assert cosigned_by(application, seq, one, two) == 2
        site.restore(parted)
        enter(application.transactions, 3)
        theirs = receipt(application, seq)
        assert outcomes(application, environ) == [WitnessOutcome.FORKED] * 2
        assert cosigned_by(application, seq, one, two) == 0
        (found,) = compare([mine, theirs], KEY.verifier)
        assert found.verdict is Verdict.FORKED
        for view in found.views:
            assert view.note.startswith(f"{KEY.name}\n")


def test_a_rolled_back_database_is_refused_by_the_witness_and_told(
    application: Application, site: Site, pair: tuple[RunningWitness, RunningWitness]
) -> None:
    environ = named(*pair)
    enter(application.transactions, 5)
    older = site.copied()
    enter(application.transactions, 6)
    assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2
    site.restore(older)
    assert not ledger_check(application, []).findings, "nothing in the restored database shows it"
    assert Witnesses(application, environ).are_due()
    assert outcomes(application, environ) == [WitnessOutcome.ROLLED_BACK] * 2
    check = ledger_check(application, [])
    assert [finding.fault for finding in check.findings] == [LedgerFault.ROLLED_BACK]
    enter(application.transactions, 9)
    assert outcomes(application, environ) == [WitnessOutcome.FORKED] * 2
    check = ledger_check(application, [])
    assert [finding.fault for finding in check.findings] == [LedgerFault.HISTORY_CHANGED]
    conflicts = witness_records(application)[1]
    assert {(one.kind, one.note is None) for one in conflicts} == {
        (WitnessOutcome.ROLLED_BACK, False),
        (WitnessOutcome.FORKED, False),
    }
    assert records(application)[NAMES[0]].outcome is WitnessOutcome.FORKED
    before = len(conflicts)
    assert outcomes(application, environ) == [WitnessOutcome.FORKED] * 2
    assert len(witness_records(application)[1]) == before, "each conflict is told once"


def test_a_restored_copy_that_forgot_cosignatures_goes_on_where_it_is_whole(
    application: Application, site: Site, pair: tuple[RunningWitness, RunningWitness]
) -> None:
    """What is known here of a witness may be older than the witness: it names the size, and is asked again."""
    environ = named(*pair)
    older = site.copied()
    assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2
    site.restore(older)
    enter(application.transactions, 2)
    assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2


def test_witnesses_that_refuse_are_told_and_block_nothing(application: Application, tmp_path: Path) -> None:
    stranger = notes.WitnessKey.generate(NAMES[1])
    with (
        witness(tmp_path / "w1", NAMES[0], KEY.verifier) as good,
        witness(tmp_path / "w3", NAMES[2]) as without_logs,
    ):
        environ = named(good, (stranger.vkey, "http://127.0.0.1:9"), without_logs)
        found = outcomes(application, environ)
        assert found == [WitnessOutcome.COSIGNED, WitnessOutcome.SILENT, WitnessOutcome.UNKNOWN_LOG]
        since = records(application)[NAMES[1]].since
        enter(application.transactions, 2)
        assert outcomes(application, environ) == found
        assert records(application)[NAMES[1]].since == since, "since when it has been so"
        assert Witnesses(application, environ).are_due(), "it is tried again"
        assert not witness_records(application)[1]


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers as a test says."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Liar)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.answer(self, body)

    def do_GET(self) -> None:
        self.do_nothing()

    def do_nothing(self) -> None:
        assert isinstance(self.server, Liar)
        said(self, self.server.shown[0], self.server.shown[1])

    def log_message(self, format: str, *args: object) -> None:
        pass


class Liar(http.server.ThreadingHTTPServer):
    daemon_threads = True
    answer: Callable[[Answering, bytes], None]
    shown: tuple[int, bytes] = (404, b"")

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def said(handler: http.server.BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def liar(answer: Callable[[Answering, bytes], None]) -> Iterator[Liar]:
    with Liar(("127.0.0.1", 0), Answering) as server:
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def outcome_of(
    application: Application, answer: Callable[[Answering, bytes], None], key: notes.WitnessKey, **shown: object
) -> WitnessOutcome:
    with liar(answer) as server:
        server.shown = shown.get("shown", server.shown)  # type: ignore[assignment]
        (found,) = outcomes(application, named((key.vkey, f"http://127.0.0.1:{server.server_port}")))
    return found


def always(status: int, body: bytes | str, **headers: str) -> Callable[[Answering, bytes], None]:
    content = body if isinstance(body, bytes) else body.encode()
    return lambda handler, _: said(handler, status, content, **headers)


def test_what_is_no_answer_of_a_witness_counts_for_nothing(application: Application) -> None:
    key, other = notes.WitnessKey.generate(NAMES[0]), notes.WitnessKey.generate(NAMES[0])
    now = int(time.time())

    def over(body: bytes, by: notes.WitnessKey, at: int) -> bytes:
        return line_over(body.decode().partition("\n\n")[2], by, at).encode()

    def signed(by: notes.WitnessKey, at: int, cut: int | None = None) -> Callable[[Answering, bytes], None]:
        return lambda handler, body: said(handler, 200, over(body, by, at)[:cut])

    def of_another(handler: Answering, body: bytes) -> None:
        note = body.decode().partition("\n\n")[2].replace(f"{KEY.name}\n", f"{KEY.name}\n1", 1)
        said(handler, 200, line_over(note, key, now).encode())

    def with_garbage(handler: Answering, body: bytes) -> None:
        said(handler, 200, b"x\n\n" + over(body, key, now))

    forged, unintelligible = WitnessOutcome.FORGED, WitnessOutcome.UNINTELLIGIBLE
    wrong = [
        (signed(other, now), forged),
        (of_another, forged),
        (signed(key, now, 60), forged),
        (signed(key, now, -1), forged),
        (with_garbage, forged),
        (signed(key, 0), forged),
        (signed(key, now + 3600), WitnessOutcome.WRONG_TIME),
        (signed(key, now - 3600), WitnessOutcome.WRONG_TIME),
        (always(200, b""), forged),
        (always(200, b"\xff\xfe" * 40), forged),
        (always(200, b"x" * (MOST_BYTES + 1)), WitnessOutcome.SILENT),
        (always(403, "no\n"), WitnessOutcome.UNKNOWN_KEY),
        (always(404, "no\n"), WitnessOutcome.UNKNOWN_LOG),
        (always(409, "x\n"), unintelligible),
        (always(409, "-1\n"), unintelligible),
        (always(409, ""), unintelligible),
        (always(409, "0\n"), unintelligible),
        (always(500, ""), unintelligible),
        (always(302, "", Location="http://127.0.0.1:1/add-checkpoint"), unintelligible),
    ]
    for place, (answer, outcome) in enumerate(wrong):
        assert outcome_of(application, answer, key) is outcome, place
    assert not witness_records(application)[1]
    with application.transactions.read() as work:
        assert not work.session.connection.scalar(text("SELECT count(*) FROM witness_cosignature"))
    assert outcome_of(application, signed(key, now), key) is WitnessOutcome.COSIGNED


def test_a_slow_witness_is_left_and_keeps_no_other_waiting(application: Application, tmp_path: Path) -> None:
    key = notes.WitnessKey.generate(NAMES[1])
    done = threading.Event()

    def drip(handler: Answering, _: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        while not done.wait(0.2):
            handler.wfile.write(b"x")

    with liar(drip) as slow, witness(tmp_path / "w1", NAMES[0], KEY.verifier) as good:
        begun = time.monotonic()
        environ = named((key.vkey, f"http://127.0.0.1:{slow.server_port}"), good)
        found = outcomes(application, environ)
        done.set()
    assert found == [WitnessOutcome.SILENT, WitnessOutcome.COSIGNED]
    assert time.monotonic() - begun < 20


def certificate(folder: Path) -> Path:
    """A key and a certificate for this machine that nobody else has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_a_witness_over_tls_needs_a_certificate_that_is_trusted(
    application: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, file = notes.WitnessKey.generate(NAMES[0]), certificate(tmp_path)

    def cosign(handler: Answering, body: bytes) -> None:
        said(handler, 200, line_over(body.decode().partition("\n\n")[2], key).encode())

    with liar(cosign) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        environ = named((key.vkey, f"https://localhost:{server.server_port}"))
        assert outcomes(application, environ) == [WitnessOutcome.SILENT]
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert outcomes(application, environ) == [WitnessOutcome.COSIGNED]
        environ = named((key.vkey, f"https://127.0.0.1:{server.server_port}"))
        assert outcomes(application, environ) == [WitnessOutcome.SILENT], "it is in another name"


def test_a_witness_that_stops_in_the_greeting_is_left(application: Application) -> None:
    key = notes.WitnessKey.generate(NAMES[0])
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        environ = named((key.vkey, f"https://localhost:{silent.getsockname()[1]}"))
        assert outcomes(application, environ) == [WitnessOutcome.SILENT]
    assert time.monotonic() - begun < 20


def test_a_witness_that_lies_about_the_log_is_not_believed_without_a_signed_note(application: Application) -> None:
    key = notes.WitnessKey.generate(NAMES[0])
    with application.transactions.read() as work:
        newest = work.ledger.newest_checkpoint() or ""
        size = work.ledger.size()
    ahead, refused = always(409, f"{size + 50}\n"), always(422, "no\n")
    honest, forged = (200, newest.encode()), (200, newest.replace(f"\n{size}\n", f"\n{size + 50}\n").encode())
    assert outcome_of(application, ahead, key, shown=honest) is WitnessOutcome.UNFOUNDED
    assert outcome_of(application, refused, key, shown=honest) is WitnessOutcome.UNFOUNDED
    assert not witness_records(application)[1]
    assert outcome_of(application, ahead, key, shown=forged) is WitnessOutcome.ROLLED_BACK
    assert outcome_of(application, refused, key) is WitnessOutcome.FORKED
    claims = witness_records(application)[1]
    assert [one.note for one in claims] == [None, None], "its word, which the audit tells and does not believe"
    assert not ledger_check(application, []).findings


def test_two_rounds_at_once_are_no_conflict(
    application: Application, pair: tuple[RunningWitness, RunningWitness]
) -> None:
    """A witness may be ahead of what one round has read, since another round was faster."""
    environ = named(*pair)
    found: list[WitnessOutcome] = []

    def go_on() -> None:
        for _ in range(6):
            enter(application.transactions, 1)
            found.extend(outcomes(application, environ))

    threads = [threading.Thread(target=go_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 36
    assert not {*found} & {WitnessOutcome.ROLLED_BACK, WitnessOutcome.FORKED, WitnessOutcome.UNFOUNDED}
    assert not witness_records(application)[1]


def test_a_log_that_rests_is_shown_again_and_a_policy_is_stated_when_it_changes(
    application: Application, pair: tuple[RunningWitness, RunningWitness]
) -> None:
    environ = named(*pair)
    assert outcomes(application, environ) == [WitnessOutcome.COSIGNED] * 2
    assert not Witnesses(application, environ).are_due()
    later = replace(application, clock=Later())
    assert Witnesses(later, environ).are_due()
    assert Witnesses(application, named(*pair, quorum=1)).are_due(), "another quorum"
    Witnesses(application, named(pair[0])).ask()
    policy = verify_receipt(receipt(application, 0), KEY.verifier).policy
    assert policy is not None
    assert [str(key) for key in policy.witnesses] == [pair[0].vkey]
    assert Witnesses(application, {}).are_due()
    assert not Witnesses(application, {}).ask()
    assert not Witnesses(application, {}).are_due()
    assert not records(application), "one that is named no more fails nobody"
    assert "witnesses" not in json.loads(receipt(application, 0))


class Later(SystemClock):
    """More than an hour from now."""

    def real(self) -> datetime:
        return super().real() + ASKED_AGAIN_AFTER + timedelta(minutes=1)


def test_what_is_kept_of_witnesses_only_grows(application: Application, tmp_path: Path) -> None:
    with witness(tmp_path / "w1", NAMES[0], KEY.verifier) as good:
        assert outcomes(application, named(good)) == [WitnessOutcome.COSIGNED]
    for statement in (
        "DELETE FROM witness_cosignature",
        "UPDATE witness_cosignature SET line = ''",
        "DELETE FROM witness_policy",
        "DELETE FROM witness_answer",
        "DELETE FROM witness_conflict",
    ):
        with pytest.raises(Exception, match=r"permission denied|append-only"):  # noqa: SIM117
            with application.transactions.begin() as work:
                work.session.connection.execute(text(statement))


def test_a_proof_of_consistency_is_handed_out(application: Application) -> None:
    early = receipt(application, 0)
    enter(application.transactions, 9)
    late = receipt(application, 11)
    old, new = (verify_receipt(one, KEY.verifier).checkpoint.size for one in (early, late))
    link = consistency_file(application, old, None)
    assert {one.verdict for one in compare([early, late, link], KEY.verifier)} == {Verdict.AGREED}
    for sizes in ((old + 1, None), (new, old), (old, new + 1)):
        with pytest.raises(UsageError):
            consistency_file(application, *sizes)


def test_witnesses_may_stand_on_lines_of_a_file_of_settings(tmp_path: Path) -> None:
    one, two = (notes.WitnessKey.generate(name).vkey for name in NAMES[:2])
    (tmp_path / "kanmon.json").write_text("{}")
    written = f'witnesses = """\n{one} https://w1.example/\n{two}  https://w2.example\n"""\nwitness_quorum = 1\n'
    (tmp_path / "kanmon.toml").write_text(written)
    settings = witnesses_from(read_settings(tmp_path))
    assert settings is not None
    assert ([str(witness.key) for witness in settings.witnesses], settings.quorum) == ([one, two], 1)


def test_settings_that_make_no_sense_are_refused() -> None:
    one, two = (notes.WitnessKey.generate(name).vkey for name in NAMES[:2])
    url = "https://w1.example/witness"
    settings = witnesses_from({SETTING: f"{one} {url}/\n {two} http://127.0.0.1:8600"})
    assert settings is not None
    assert [witness.url for witness in settings.witnesses] == [url, "http://127.0.0.1:8600"]
    assert settings.quorum == 2, "more than half"
    assert witnesses_from({}) is None
    wrong = [
        {SETTING: one},
        {SETTING: f"{url} {one}"},
        {SETTING: f"{KEY.verifier} {url}"},
        {SETTING: f"{one} {url} {one} {url}"},
        {SETTING: f"{one} {url}", QUORUM: "2"},
        {SETTING: f"{one} {url}", QUORUM: "0"},
        {SETTING: f"{one} {url}", QUORUM: "x"},
        *(
            {SETTING: f"{one} {address}"}
            for address in (
                "http://w1.example/", "ftp://w1.example/", "https://", "https://u:p@w1.example/", "https://w1/?a=b",
                "https://w1/#a", "http://169.254.169.254/", "file:///etc/passwd", "https://w1:99999/", "w1.example",
                "http://localhost.example/", "https://w1.example:0/",
            )
        ),
    ]  # fmt: skip
    for environ in wrong:
        with pytest.raises(UsageError):
            witnesses_from(environ)
