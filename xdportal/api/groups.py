"""The parts of the API, in the order of the docs."""

from django.utils.translation import gettext_lazy as _

from xdportal.api.operations import Group

CHECKS = Group("check", _("Check and resolve"))
PINS = Group("pins", _("Pins and recipes"))
LISTS = Group("lists", _("Lists and history"))
OUTPUTS = Group("outputs", _("Outputs, events"))
ERRORS = Group("errors", _("Error codes"))
PORTAL = Group("portal", _("The portal"))
GROUPS = (CHECKS, PINS, LISTS, OUTPUTS, ERRORS, PORTAL)
