from django.urls import reverse

from xdportal.errorcodes.reference import ErrorCode


def row_url(row: ErrorCode) -> str:
    """Return the URL of a code's page, with this row's anchor unless it is the first one."""
    page = reverse("error-code", args=[row.code])
    return page if row.anchor == str(row.code) else f"{page}#{row.anchor}"
