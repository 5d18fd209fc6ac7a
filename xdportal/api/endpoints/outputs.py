"""All pins by name, for Terraform, Ansible and shells; and their revisions for Renovate."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.alerts import records as alert_records
from xdportal.alerts.models import Pin
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.api import groups, output_formats, problems, trust
from xdportal.api.operations import (
    CHECK,
    JSON,
    TEXT,
    YAML,
    Answer,
    Call,
    NoQuery,
    Query,
    get,
)
from xdportal.api.parameters import Needed, require_past
from xdportal.api.pin_lookup import get_pin
from xdportal.api.problems import Problem
from xdportal.api.schemas import Releases
from xdportal.catalog import records

Ids = Mapping[str, str]


class OutputQuery(Query, frozen=True, kw_only=True):
    source: Annotated[
        Needed | None, Meta(description=gettext_noop("Only pins that are used there."))
    ] = None
    as_of: Annotated[
        datetime | None, Meta(description=gettext_noop("The pins as of that time."))
    ] = None
    allow_unknown: Annotated[
        bool, Meta(description=gettext_noop("Answer even if the state of a pin is unknown."))
    ] = False


@get(
    "/outputs/terraform.tfvars.json",
    summary=gettext_lazy("Pins for Terraform: name → ID"),
    group=groups.OUTPUTS,
    scopes=CHECK,
    query=OutputQuery,
    answer=dict[str, str],
    problems={404, 503},
)
def terraform_variables(call: Call[OutputQuery, None]) -> Answer:
    return _output(call, output_formats.as_json, JSON)


@get(
    "/outputs/terraform-external.json",
    summary=gettext_lazy("Pins for Terraform’s external data source: texts only"),
    group=groups.OUTPUTS,
    scopes=CHECK,
    query=OutputQuery,
    answer=dict[str, str],
    problems={404, 503},
)
def terraform_external(call: Call[OutputQuery, None]) -> Answer:
    return _output(call, output_formats.as_json, JSON)


@get(
    "/outputs/ansible.yml",
    summary=gettext_lazy("Pins for Ansible"),
    group=groups.OUTPUTS,
    scopes=CHECK,
    query=OutputQuery,
    answers={YAML: dict[str, str]},
    problems={404, 503},
)
def ansible_variables(call: Call[OutputQuery, None]) -> Answer:
    return _output(call, output_formats.as_yaml, YAML)


@get(
    "/outputs/pins.env",
    summary=gettext_lazy("Pins for shells"),
    group=groups.OUTPUTS,
    scopes=CHECK,
    query=OutputQuery,
    answers={TEXT: str},
    problems={404, 503},
)
def shell_variables(call: Call[OutputQuery, None]) -> Answer:
    return _output(call, output_formats.as_env, TEXT)


@get(
    "/renovate/{pin}",
    summary=gettext_lazy("The revisions of a pin, for Renovate"),
    description=gettext_lazy("The revision number increases only when a person moves the pin."),
    group=groups.OUTPUTS,
    scopes=CHECK,
    answer=Releases,
    problems={404, 503},
)
def list_releases(call: Call[NoQuery, None]) -> Answer:
    pin = get_pin(call.viewer, call.path["pin"])
    finding = evaluate([pin], now=call.at)[pin.pk]
    if finding.state is State.UNKNOWN:
        raise trust.unknown_pin(finding, call.at)
    url = alert_records.absolute(pin.get_absolute_url())
    releases = [
        {
            "version": str(revision.number),
            "digest": revision.item_id,
            "isDeprecated": revision.number < finding.revision.number or finding.is_broken,
            "releaseTimestamp": records.time(revision.at),
            "changelogUrl": url,
        }
        for revision in pin.revisions.order_by("number")
    ]
    return Answer({"releases": releases})


def _output(call: Call[OutputQuery, None], write: Callable[[Ids], str], media: str) -> Answer:
    query = call.query
    require_past(call.viewer, query.as_of, call.at)
    rows = Pin.objects.visible_to(call.viewer).with_target().order_by("name", "pk")
    if query.source is not None:
        rows = rows.filter(sources__text=query.source)
    findings = evaluate(list(rows), query.as_of, call.at).values()
    if query.as_of is None and not query.allow_unknown:
        _require_known(list(findings), call.at)
    ids = {finding.pin.name: finding.revision.item_id for finding in findings}
    return Answer(write(ids), media=media)


def _require_known(findings: list[Finding], at: datetime) -> None:
    unknown = [finding for finding in findings if finding.state is State.UNKNOWN]
    if not unknown:
        return
    wait = min(trust.wait_for(finding.catalog, at) for finding in unknown)
    names = ", ".join(finding.pin.name for finding in unknown[:10])
    words = _("The state of some pins is unknown: %(names)s.") % {"names": names}
    raise Problem(problems.UNKNOWN, words, headers={"Retry-After": str(wait)})
