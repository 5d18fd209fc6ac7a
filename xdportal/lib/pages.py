"""How many rows a page of a list has."""

PAGE_SIZES = (50, 100, 200)  # the first unless another is asked for
