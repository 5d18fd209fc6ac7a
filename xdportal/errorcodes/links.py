from django.urls import reverse

from xdportal.errorcodes.reference import ErrorCode


def row_url(row: ErrorCode) -> str:
    """Return the address of a code's page, at the place of this row unless it is the first."""
    page = reverse("error-code", args=[row.code])
    return page if row.anchor == str(row.code) else f"{page}#{row.anchor}"
