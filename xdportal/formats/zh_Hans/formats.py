"""Numbers in Chinese are grouped as screens do it there: 3,010. Django leaves them ungrouped."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
