"""Hands a mail to the mail server.

The connection is opened by net, so names are looked up once and each address is judged; aiosmtplib speaks over it.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
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
# Codes from here on (RFC 5321, section 4.2.1).
_FOR_GOOD = 500


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """The server's answer to the mail. Raises DeliveryFailed; ambiguous when the mail was sent but not answered.

    Each recipient counts by itself: who was taken, or refused for good, is not named again.
    """
    one = _Delivery(config, sending.network, sending.settled)
    try:
        async with asyncio.timeout(sending.deadline_seconds):
            answer = await one.run(letter(config, rendered, sending).as_bytes(policy=WIRE), sending.deadline_seconds)
    except OutboundRefused as err:
        raise DeliveryFailed(str(err), is_final=True) from err
    except aiosmtplib.SMTPResponseException as err:
        text = one.shown(f"the mail server refuses {one.doing}: {err.code} {err.message}")
        raise DeliveryFailed(text, is_final=err.code >= _FOR_GOOD) from err
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

    def __init__(self, config: Config, network: Network, settled: Mapping[str, str]) -> None:
        # Of those to whom it goes now.
        self._settled = {address: settled[address] for address in config.to if address in settled}
        self.doing = "the connection"
        self.is_sent = False
        self._config = config
        self._network = network
        self._smtp: aiosmtplib.SMTP | None = None

    async def run(self, mail: bytes, seconds: float) -> str:
        """Raises what aiosmtplib and net raise, and DeliveryFailed when it was not taken for all recipients."""
        if all(address in self._settled for address in self._config.to):
            return self._told_all("all recipients have it already", {})
        smtp = await self._connected(seconds)
        await self._log_in(smtp)
        self.doing = "the sender"
        await smtp.mail(self._config.sender)
        taken, later = await self._name_recipients(smtp)
        if not taken:
            return self._told_all("", later)
        self.doing, self.is_sent = "the mail", True
        response = await smtp.data(mail)
        self._settled |= dict.fromkeys(taken, "")
        with contextlib.suppress(aiosmtplib.SMTPException, TimeoutError):
            async with asyncio.timeout(_GOODBYE_SECONDS):
                await smtp.quit()
        return self._told_all(f"{response.code} {response.message}", later)

    def _told_all(self, answer: str, later: Mapping[str, str]) -> str:
        """The answer when everybody has it. Raises DeliveryFailed with who has not; `later` were refused for now."""
        never = {address: why for address, why in self._settled.items() if why}
        if not later and not never:
            return self.shown(answer)
        if not answer and len(never) + len(later) == len(self._config.to):
            whys = {**never, **later}
            refused = "; ".join(f"{address}: {whys[address]}" for address in self._config.to)
            text = f"the mail server refuses all recipients: {refused}"
        else:
            notes = [f"refused for now {address}: {why}" for address, why in later.items()]
            notes += [f"refused {address}: {why}" for address, why in never.items()]
            text = "; ".join([answer, *notes] if answer else notes)
        raise DeliveryFailed(self.shown(text), is_final=not later, settled=self._settled)

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

    async def _name_recipients(self, smtp: aiosmtplib.SMTP) -> tuple[list[str], dict[str, str]]:
        """Those who are taken, and who is refused for now, with why. Who is refused for good is settled."""
        self.doing = "the recipients"
        taken: list[str] = []
        later: dict[str, str] = {}
        for address in self._config.to:
            if address in self._settled:
                continue
            try:
                await smtp.rcpt(address)
            except aiosmtplib.SMTPRecipientRefused as err:
                why = self.shown(f"{err.code} {err.message}")
                (self._settled if err.code >= _FOR_GOOD else later)[address] = why
            else:
                taken.append(address)
        return taken, later

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
