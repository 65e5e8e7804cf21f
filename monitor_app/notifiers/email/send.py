"""Hands a mail to the mail server.

The connection is opened by net, so names are looked up once and each address is judged; aiosmtplib speaks over it.
"""

import asyncio
import contextlib
import ssl
from email.policy import SMTP as WIRE

import aiosmtplib

from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.errors import DeliveryFailed, OutboundRefused
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.network import Network
from monitor_app.net.starttls import SMTP_NAME
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.tls import TlsOptions
from monitor_app.net.tls_words import in_words
from monitor_app.notifiers.email.config import Config
from monitor_app.notifiers.email.letter import letter
from monitor_app.plugins.notifier_kinds import ANSWER_LIMIT, Sending
from monitor_app.redact import harmless, masked

_GOODBYE_SECONDS = 1.0


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """The server's answer to the mail. Raises DeliveryFailed; ambiguous when the mail was sent but not answered."""
    one = _Delivery(config, sending.network)
    try:
        async with asyncio.timeout(sending.deadline_seconds):
            answer = await one.run(letter(config, rendered, sending).as_bytes(policy=WIRE), sending.deadline_seconds)
    except OutboundRefused as err:
        raise DeliveryFailed(str(err), is_final=True) from err
    except aiosmtplib.SMTPResponseException as err:
        text = one.shown(f"the mail server refuses {one.doing}: {err.code} {err.message}")
        raise DeliveryFailed(text, is_final=err.code >= 500) from err
    except aiosmtplib.SMTPRecipientsRefused as err:
        refused = "; ".join(f"{each.recipient}: {each.code} {each.message}" for each in err.recipients)
        is_final = all(each.code >= 500 for each in err.recipients)
        raise DeliveryFailed(
            one.shown(f"the mail server refuses all recipients: {refused}"), is_final=is_final
        ) from err
    except TimeoutError as err:  # those of aiosmtplib, too
        text = f"no answer within {sending.deadline_seconds:g} s during {one.doing}"
        raise DeliveryFailed(text, is_ambiguous=one.is_sent) from err
    except ssl.SSLError as err:
        raise DeliveryFailed(one.shown(in_words(err, config.host))) from err
    except (NetworkFailure, OSError, aiosmtplib.SMTPException) as err:
        raise DeliveryFailed(one.told(err), is_ambiguous=one.is_sent) from err
    finally:
        one.close()
    return answer


class _Delivery:
    """One mail on its way, and what is being done."""

    def __init__(self, config: Config, network: Network) -> None:
        self.doing = "the connection"
        self.is_sent = False
        self._config = config
        self._network = network
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self, mail: bytes, seconds: float) -> str:
        """Raises what aiosmtplib and net raise."""
        smtp = await self._connected(seconds)
        await self._log_in(smtp)
        self.doing = "the sender"
        await smtp.mail(self._config.sender)
        refused = await self._name_recipients(smtp)
        self.doing, self.is_sent = "the mail", True
        response = await smtp.data(mail)
        with contextlib.suppress(aiosmtplib.SMTPException, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await smtp.quit()
        notes = "".join(f"; refused {each.recipient}: {each.code} {each.message}" for each in refused)
        return self.shown(f"{response.code} {response.message}{notes}")

    async def _connected(self, seconds: float) -> aiosmtplib.SMTP:
        config = self._config
        stream = await self._network.open(config.host, config.port_number, Stopwatch(seconds))
        options = TlsOptions(is_verifying=config.verify_tls, alpn=())
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=config.host,
            sock=stream.detach(),
            use_tls=config.tls == "tls",
            start_tls=False,
            tls_context=None if config.tls == "none" else self._network.tls_context(options),
            local_hostname=SMTP_NAME,
            timeout=seconds,
        )
        self.doing = "the greeting"
        await smtp.connect()
        if config.tls == "starttls":
            self.doing = "STARTTLS"
            await smtp.ehlo()
            if not smtp.supports_extension("starttls"):
                raise DeliveryFailed("the mail server does not offer STARTTLS", is_final=True)
            await smtp.starttls()
        return smtp

    async def _log_in(self, smtp: aiosmtplib.SMTP) -> None:
        self.doing = "EHLO"
        await smtp.ehlo()
        if not self._config.user:
            return
        self.doing = "the log-in"
        if not smtp.supported_auth_methods:
            offered = ", ".join(smtp.server_auth_methods) or "none"
            raise DeliveryFailed(
                f"the mail server offers no way to log in that is known here ({offered})", is_final=True
            )
        await smtp.login(self._config.user, self._config.password)

    async def _name_recipients(self, smtp: aiosmtplib.SMTP) -> list[aiosmtplib.SMTPRecipientRefused]:
        """Those that are refused, when the others are taken. Raises SMTPRecipientsRefused."""
        self.doing = "the recipients"
        refused = []
        for address in self._config.to:
            try:
                await smtp.rcpt(address)
            except aiosmtplib.SMTPRecipientRefused as err:
                refused.append(err)
        if len(refused) == len(self._config.to):
            raise aiosmtplib.SMTPRecipientsRefused(refused)
        return refused

    def told(self, err: Exception) -> str:
        """What happened, in words."""
        cause = err.__cause__
        if isinstance(cause, ssl.SSLError):
            return self.shown(in_words(cause, self._config.host))
        if isinstance(err, aiosmtplib.SMTPServerDisconnected | aiosmtplib.SMTPConnectError):
            return f"the mail server closed the connection during {self.doing}"
        return self.shown(str(err))

    def shown(self, text: str) -> str:
        """Some servers repeat what they were sent."""
        user, password = self._config.user, self._config.password
        secrets = (f"\0{user}\0{password}", password) if password else ()
        return harmless(" ".join(masked(text, secrets).split()), ANSWER_LIMIT)

    def close(self) -> None:
        """At once."""
        if self._smtp is not None:
            self._smtp.close()
