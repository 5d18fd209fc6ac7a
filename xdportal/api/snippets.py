"""What the page "Use in CI" offers to copy, with the portal's own address filled in. Pure."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Snippet:
    name: str  # an anchor
    title: Promise | str
    text: str
    words: Promise | str = ""


LOCK = """\
export XDP_URL={url} XDP_KEY=xdp_…
curl -fsSO {url}/cli/xdportal.py
python3 xdportal.py scan terraform/ jobs/   # finds ids in files, writes images.lock
python3 xdportal.py check                   # in every run, and on a schedule
"""
LOCK_FILE = """\
{"version": 1, "pins": [
{"id": "4034", "kind": "images", "environment": "production", "meaning": {"type": "ceph", \
"name": "Rocky Linux", "version": "9.3 x64"}, "seen": {"at": "2026-11-24T01:30:12Z", \
"snapshot": 74}, "used": ["terraform/main.tf:12"]}
]}
"""
PRINTS = """\
BROKEN   4034  4034 means another system since 05:35: Rocky Linux 9.3 x64 became …
               was Rocky Linux 9.3 x64 ceph, now Ubuntu Server 22.04 x64 ceph
               instead 4106 Rocky Linux 9.3 x64 ceph (same system, version and type)
               used in terraform/main.tf:12
ok       4044  Debian 12.5 x64 BL
1 broken, 1 ok
"""
CURL = """\
curl --fail-with-body -sS "{url}/api/v1/check?strict=1" \\
  -H "Authorization: Bearer $XDP_KEY" \\
  -H "Content-Type: text/plain" --data-binary @ids.txt
"""
GITHUB = """\
name: image ids
on:
  push:
  schedule: [{{cron: "17 */2 * * *"}}]
jobs:
  ids:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: curl -fsSO {url}/cli/xdportal.py
      - run: python3 xdportal.py check images.lock
        env:
          XDP_URL: {url}
          XDP_KEY: ${{{{ secrets.XDP_KEY }}}}
"""
GITLAB = """\
image-ids:
  image: python:3.12-alpine
  rules:
    - if: $CI_PIPELINE_SOURCE == "push"
    - if: $CI_PIPELINE_SOURCE == "schedule"
  variables: {{XDP_URL: "{url}"}}
  script:
    - wget -q {url}/cli/xdportal.py
    - python3 xdportal.py check images.lock --format gitlab --output report.json
  artifacts:
    when: always
    reports: {{codequality: report.json}}
"""
TERRAFORM = """\
data "http" "pins" {{
  url             = "{url}/api/v1/outputs/terraform.tfvars.json"
  request_headers = {{ Authorization = "Bearer ${{var.xdp_key}}" }}
  lifecycle {{
    postcondition {{
      condition     = self.status_code == 200
      error_message = self.response_body
    }}
  }}
}}
locals {{ pins = jsondecode(data.http.pins.response_body) }}
# image_id = local.pins["maya-base"]
"""
ANSIBLE = """\
- ansible.builtin.uri:
    url: {url}/api/v1/outputs/ansible.yml
    headers: {{Authorization: "Bearer {{{{ xdp_key }}}}"}}
    return_content: true
  register: pins
- ansible.builtin.set_fact:
    ids: "{{{{ pins.content | from_yaml }}}}"
"""
RENOVATE = """\
{{
  "customDatasources": {{
    "xdportal": {{"defaultRegistryUrlTemplate": "{url}/api/v1/renovate/{{{{packageName}}}}"}}
  }},
  "hostRules": [{{"matchHost": "{host}", "token": "{{{{ secrets.XDP_KEY }}}}"}}]
}}
"""


def first_steps(url: str) -> list[Snippet]:
    return [
        Snippet("lock", "", LOCK.format(url=url)),
        Snippet("file", "", LOCK_FILE, _("The file holds each ID with the meaning it has today.")),
    ]


def in_every_run(url: str) -> list[Snippet]:
    host = url.partition("://")[2].partition("/")[0]
    return [
        Snippet("github", "GitHub Actions", GITHUB.format(url=url)),
        Snippet("gitlab", "GitLab CI", GITLAB.format(url=url)),
        Snippet(
            "curl", "curl", CURL.format(url=url), _("200 ok or warning, 409 broken, 503 unknown.")
        ),
        Snippet(
            "terraform",
            "Terraform",
            TERRAFORM.format(url=url),
            _("Names instead of IDs: what you don’t copy, you needn’t check."),
        ),
        Snippet("ansible", "Ansible", ANSIBLE.format(url=url)),
        Snippet(
            "renovate",
            "Renovate",
            RENOVATE.format(url=url, host=host),
            _("A pull request each time a person moves a pin."),
        ),
    ]
