from django import template

from xdportal.errorcodes import lookup

register = template.Library()


@register.simple_tag
def others(row: lookup.ErrorCode) -> list[lookup.ErrorCode]:
    return lookup.others(row)
