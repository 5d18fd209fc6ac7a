"""Where a vendor shows what a channel's form asks for, in the vendor's own words."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Step(NamedTuple):
    title: Promise
    text: Promise | str  # a plain one is only quoted

    @property
    def is_quoted(self) -> bool:
        return isinstance(self.text, str)


_COPY = _("Copy the URL")
STEPS: dict[str, tuple[Step, ...]] = {
    "mail": (
        Step(_("Choose an address"), _("A mailing list reaches someone even during holidays.")),
        Step(_("Send a test"), _("If the mail doesn’t arrive, look in the spam folder.")),
    ),
    "dingtalk": (
        Step(_("Open the group's robots"), "群设置 → 机器人 → 添加机器人 → 自定义"),
        Step(
            _("Choose a security setting"),
            _("加签 is the safest: copy the secret that begins with SEC. Or 自定义关键词."),
        ),
        Step(_COPY, _("Press 完成, and paste the Webhook URL here.")),
    ),
    "feishu": (
        Step(_("Open the group's robots"), "设置 → 群机器人 → 添加机器人 → 自定义机器人"),
        Step(_("Choose a security setting"), _("签名校验: copy the secret. Or 自定义关键词.")),
        Step(_COPY, _("Copy the Webhook URL, and paste it here.")),
    ),
    "wecom": (
        Step(_("Open the group's robots"), "群聊 → … → 添加群机器人 → 新创建一个机器人"),
        Step(_COPY, _("Copy the Webhook URL, and paste it here.")),
    ),
    "slack": (
        Step(_("Create an app"), "api.slack.com/apps → Create New App → From scratch"),
        Step(_("Allow it to post"), "Incoming Webhooks → Activate → Add New Webhook to Workspace"),
        Step(_COPY, _("It begins with https://hooks.slack.com/services/.")),
    ),
    "teams": (
        Step(_("Open the channel's workflows"), "… → Workflows"),
        Step(
            _("Choose the template"),
            "Post to a channel when a webhook request is received",
        ),
        Step(_COPY, _("The workflow shows the URL after you create it.")),
    ),
    "webhook": (
        Step(_("Write a receiver"), _("Any Standard Webhooks library checks the signature.")),
        Step(_("Save"), _("The signing secret is shown once, after saving.")),
        Step(
            _("Answer with 2xx"),
            _("Repeated messages have the same webhook-id. 410 switches the channel off."),
        ),
    ),
}
