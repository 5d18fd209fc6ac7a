import ctypes

ARENA_MAX = -8  # mallopt's number of M_ARENA_MAX


def use_one_arena() -> bool:
    """Let all threads of this process, and of its children, take memory from one place.

    glibc gives each thread its own, and every one keeps what its largest request took. Call it
    before there are threads. Return False without glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(ARENA_MAX, 1))
