"""The form of a channel, by kind: what the vendor calls its fields, and where they are found."""

from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from xdportal.accounts.forms.users import time_zones
from xdportal.alerts.actions import Address, RuleWish
from xdportal.alerts.channels.registry import MAIL, ROBOTS
from xdportal.alerts.models import Channel, Rule

LONGEST_URL = 2000
URL_LABELS: dict[str, Any] = {
    MAIL: _("Email address"),
    "webhook": pgettext_lazy("channel", "URL"),
}
URL_HELP: dict[str, Any] = {
    MAIL: _("One address, such as that of a mailing list."),
    "webhook": _("An https URL that is reachable from this server. Requests are signed."),
    "dingtalk": "https://oapi.dingtalk.com/robot/send?access_token=…",
    "feishu": "https://open.feishu.cn/open-apis/bot/v2/hook/…",
    "wecom": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    "slack": "https://hooks.slack.com/services/T…/B…/…",
    "teams": "https://….logic.azure.com/workflows/…",
}
SECRET_LABELS: dict[str, Any] = {
    "dingtalk": _("Signing secret (加签)"),
    "feishu": _("Signing secret (签名校验)"),
}
HIDDEN = forms.PasswordInput(attrs={"autocomplete": "off"})


class FirstRule(NamedTuple):
    label: Promise
    wish: RuleWish


FIRST_RULES: dict[str, FirstRule] = {
    "pins": FirstRule(_("Broken pins, at once"), RuleWish("pins", Rule.Level.CRITICAL)),
    "attention": FirstRule(
        _("Connections that need someone, at once"),
        RuleWish("attention", Rule.Level.WARNING),
    ),
    "changes": FirstRule(
        _("All changes, once a day"), RuleWish("changes", Rule.Level.INFO, Rule.Mode.DAILY)
    ),
}


class AddressForm(forms.Form):
    """Where messages go. It never shows what is stored: what is left empty stays."""

    url = forms.CharField(max_length=LONGEST_URL)
    secret = forms.CharField(
        max_length=256,
        required=False,
        widget=HIDDEN,
        help_text=_("Only if the robot's security settings ask for a signature."),
    )
    keyword = forms.CharField(
        label=_("Keyword (自定义关键词)"),
        max_length=50,
        required=False,
        help_text=_("If the robot requires one. It is added to every message, including the test."),
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        url = self.fields["url"]
        url.label = URL_LABELS.get(kind, _("Webhook URL"))
        url.help_text = URL_HELP[kind]
        url.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        robot = ROBOTS.get(kind)
        if kind in SECRET_LABELS:
            self.fields["secret"].label = SECRET_LABELS[kind]
        else:
            del self.fields["secret"]
        if robot is None or not robot.needs_keyword:
            del self.fields["keyword"]

    def address(self) -> Address:
        data = self.cleaned_data
        return Address(data["url"], data.get("secret", ""), data.get("keyword", ""))


class TimesForm(forms.Form):
    """In which words and when messages are sent."""

    language = forms.ChoiceField(label=_("Language of messages"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones, required=False)
    digest_hour = forms.TypedChoiceField(
        label=_("Hour of daily and weekly messages"),
        coerce=int,
        choices=[(hour, f"{hour}:00") for hour in range(24)],
        initial=9,
    )
    digest_weekday = forms.TypedChoiceField(
        label=_("Day of weekly messages"),
        coerce=int,
        choices=[
            *((0, _("Monday")), (1, _("Tuesday")), (2, _("Wednesday")), (3, _("Thursday"))),
            *((4, _("Friday")), (5, _("Saturday")), (6, _("Sunday"))),
        ],
        initial=0,
    )


TIMES = ("language", "time_zone", "digest_hour", "digest_weekday")


class NewChannelForm(TimesForm, AddressForm):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What your team calls it."))
    rules = forms.MultipleChoiceField(
        label=_("First rules"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, rule.label) for name, rule in FIRST_RULES.items()],
        initial=["pins", "attention"],
    )
    field_order = ("name", "url", "secret", "keyword", *TIMES, "rules")

    def times(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in TIMES}

    def wishes(self) -> list[RuleWish]:
        return [FIRST_RULES[name].wish for name in self.cleaned_data["rules"]]


def times_form(channel: Channel, data: Any = None) -> TimesForm:
    return TimesForm(data, initial={name: getattr(channel, name) for name in TIMES})
