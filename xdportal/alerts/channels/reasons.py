"""Our own words for what a receiver refused and for what can be done about it."""

import enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Reason(enum.StrEnum):
    OK = "ok"
    KEYWORD = "keyword"
    SIGNATURE = "signature"
    IP = "ip"
    BAD_KEY = "bad_key"
    STOPPED = "stopped"
    RATE = "rate"
    CONTENT = "content"
    SIZE = "size"
    GONE = "gone"
    REDIRECT = "redirect"
    BUSY = "busy"
    REFUSED_BY_STATUS = "status"
    UNKNOWN_CODE = "code"
    UNREADABLE = "unreadable"
    FORBIDDEN = "forbidden"
    NAME = "name"
    REFUSED = "refused"
    TLS = "tls"
    DEADLINE = "deadline"
    CUT_SHORT = "cut_short"
    BROKEN = "broken"
    RECIPIENT = "recipient"
    MAIL_SERVER = "mail_server"
    NO_SERVER = "no_server"
    UNOPENED = "unopened"
    UNSUBSCRIBED = "unsubscribed"

    @property
    def sentence(self) -> Promise:
        return SENTENCES[self]


SENTENCES: dict[Reason, Promise] = {
    Reason.OK: _("The receiver confirmed the message."),
    Reason.KEYWORD: _(
        "The robot only accepts messages that contain its keyword. "
        "Enter here the same keyword as in the robot's settings."
    ),
    Reason.SIGNATURE: _(
        "The robot refused the signature. Enter its signing secret again, "
        "and check that this server's clock is correct."
    ),
    Reason.IP: _(
        "The robot only accepts messages from certain IP addresses, not from this server. "
        "Add its address in the robot's settings."
    ),
    Reason.BAD_KEY: _(
        "The robot does not exist or its URL is wrong. Copy the URL again from its settings."
    ),
    Reason.STOPPED: _("The robot has been disabled, or its group no longer exists."),
    Reason.RATE: _("The receiver asked us to slow down. The message will be sent later."),
    Reason.CONTENT: _("The receiver rejected the message because of its content."),
    Reason.SIZE: _("The receiver rejected the message as too long."),
    Reason.GONE: _("The receiver says that this URL is gone for good. The channel is now off."),
    Reason.REDIRECT: _("The receiver redirects to another URL. Enter that URL instead."),
    Reason.BUSY: _("The receiver is overloaded or temporarily unavailable."),
    Reason.REFUSED_BY_STATUS: _("The receiver refused the message."),
    Reason.UNKNOWN_CODE: _("The receiver reported an error."),
    Reason.UNREADABLE: _("The receiver's answer doesn't say that the message was accepted."),
    Reason.FORBIDDEN: _("Messages can't be sent to this address."),
    Reason.NAME: _("The receiver's host name could not be resolved."),
    Reason.REFUSED: _("The receiver refused the connection."),
    Reason.TLS: _("No secure connection: the receiver's certificate was not accepted."),
    Reason.DEADLINE: _("The receiver didn't answer in time."),
    Reason.CUT_SHORT: _("The receiver's answer was cut off."),
    Reason.BROKEN: _("The connection to the receiver was lost."),
    Reason.RECIPIENT: _("The mail server refused the recipient's address."),
    Reason.MAIL_SERVER: _("The mail server did not accept the message."),
    Reason.NO_SERVER: _("There is no mail server (EMAIL_URL): the mail is only in the log."),
    Reason.UNOPENED: _("The stored address can't be decrypted. Enter it again."),
    Reason.UNSUBSCRIBED: _("Someone who gets its mails has unsubscribed from them."),
}
