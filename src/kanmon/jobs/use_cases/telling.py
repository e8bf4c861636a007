"""What scheduled work tells the privacy owner: kept in the database, and sent by mail and webhook."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kanmon.application.application import Application
from kanmon.core.errors import MailUnavailable, UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.incidents.notices.mail import DeliveryResult, Letter, LetterOutcome
from kanmon.incidents.notices.smtp import SmtpPost, settings_from
from kanmon.jobs.job import Job
from kanmon.jobs.store import PostgresTimers
from kanmon.jobs.timer import AlertCode, OwnerAlert, TimerState, WorkAges
from kanmon.jobs.use_cases.webhook import SETTING as WEBHOOK
from kanmon.jobs.use_cases.webhook import Webhook
from kanmon.jobs.words import ALERTS

MAIL = "KANMON_ALERT_MAIL"
PAGE = "/officer/timers"


@dataclass(frozen=True)
class Channels:
    """Where alerts go beside the portal; None where no setting names it."""

    mail: str | None
    webhook: Webhook | None

    @classmethod
    def named(cls, environ: Mapping[str, str]) -> "Channels":
        """As the settings say; `UsageError`, `OriginNotNamed` where one makes no sense."""
        mail, webhook = environ.get(MAIL) or None, environ.get(WEBHOOK)
        if mail is not None and settings_from(environ) is None:
            raise UsageError(N_("no mail server is set: KANMON_SMTP_URL names it, and KANMON_MAIL_FROM who writes"))
        return cls(mail, Webhook.read(webhook) if webhook else None)


def raise_alert(application: Application, job: Job, code: AlertCode, facts: Mapping[str, object]) -> None:
    """Keep what a job found for the privacy owner, once; `facts` hold nothing of a person."""
    with application.transactions.begin() as work:
        PostgresTimers(work.session).raise_alert(job, code, facts)


def tell_failures(application: Application) -> None:
    """Raise an alert for scheduled work that failed."""
    with application.transactions.begin() as work:
        PostgresTimers(work.session).tell_failures()


def timer_states(application: Application) -> Sequence[TimerState]:
    """Scheduled work with its last job and when it is due next, by kind; empty before the first worker."""
    with application.transactions.begin() as work:
        return PostgresTimers(work.session).states()


def work_ages(application: Application) -> WorkAges:
    """How long jobs wait, and when work was last done and told."""
    with application.transactions.begin() as work:
        return PostgresTimers(work.session).ages()


def newest_alerts(application: Application, most: int) -> Sequence[OwnerAlert]:
    """What scheduled work told, newest first."""
    with application.transactions.begin() as work:
        return PostgresTimers(work.session).alerts(most)


def unsent_alerts(application: Application, channels: Channels) -> Sequence[OwnerAlert]:
    """Alerts that a channel has not taken, oldest first."""
    with application.transactions.begin() as work:
        mails, posts = channels.mail is not None, channels.webhook is not None
        return PostgresTimers(work.session).unsent(mails=mails, posts=posts)


def deliver_alerts(application: Application, environ: Mapping[str, str]) -> int:
    """Send what waits by each channel that is set; how many alerts a channel took.

    A channel that fails keeps none from the other. `MailUnavailable`, `WebhookUnavailable`: what was not taken waits.
    """
    channels = Channels.named(environ)
    waiting = unsent_alerts(application, channels)
    count = 0
    try:
        if channels.webhook is not None:
            for alert in [alert for alert in waiting if alert.posted_at is None]:
                channels.webhook.post(_message(alert, environ))
                _note(application, alert, is_mail=False)
                count += 1
    finally:
        if channels.mail is not None:
            count += _mail(application, [alert for alert in waiting if alert.mailed_at is None], channels.mail, environ)
    return count


def alert_words(alert: OwnerAlert, environ: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of an alert, in the language of the settings; nothing in them is of a person."""
    translate = translations(preferred_language(environ)).gettext
    subject = f"Kanmon: {translate(ALERTS[alert.code])}"
    lines = [translate(ALERTS[alert.code]), "", *(f"{name}: {_plain(fact)}" for name, fact in alert.facts.items())]
    page = environ.get("KANMON_ORIGIN", "").rstrip("/") + PAGE
    return subject, "\n".join([*lines, "", alert.raised_at.isoformat(timespec="seconds"), page, ""])


def _mail(application: Application, alerts: Sequence[OwnerAlert], address: str, environ: Mapping[str, str]) -> int:
    settings = settings_from(environ)
    if not alerts or settings is None:
        return 0
    with SmtpPost.open(settings, application.clock) as post:
        for alert in alerts:
            answer = post.hand_over(Letter(alert.alert_no, address, *alert_words(alert, environ), "kanmon.alert"))
            if not isinstance(answer, DeliveryResult) or answer.outcome is not LetterOutcome.HANDED_OVER:
                raise MailUnavailable(
                    N_("the mail server did not take an alert (%(reason)s); it waits: try again"), reason=answer.said
                )
            _note(application, alert, is_mail=True)
    return len(alerts)


def _message(alert: OwnerAlert, environ: Mapping[str, str]) -> Mapping[str, object]:
    subject, text = alert_words(alert, environ)
    raised_at = alert.raised_at.isoformat()
    return {
        "alert": alert.alert_no, "kind": alert.kind.value, "code": alert.code.value, "facts": dict(alert.facts),
        "raised_at": raised_at, "subject": subject, "text": text,
    }  # fmt: skip


def _note(application: Application, alert: OwnerAlert, *, is_mail: bool) -> None:
    with application.transactions.begin() as work:
        PostgresTimers(work.session).sent(alert, is_mail=is_mail)


def _plain(fact: object) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
