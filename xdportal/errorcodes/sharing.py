"""The URL of an explained error: its meaning, its ids and its time, never the pasted text."""

import json
from urllib.parse import urlencode

from django.http import QueryDict

from xdportal.errorcodes.decoder import MOST_IDS, Pasted, is_too_long
from xdportal.errorcodes.lookup import by_anchor


def query_of(pasted: Pasted) -> str:
    """Return the query string for a result; empty if its code is not documented."""
    if not pasted.meanings:
        return ""
    values = [("meaning", pasted.meanings[0].row.anchor)]
    values += [("image", image_id) for image_id in pasted.image_ids]
    values += [("package", package_id) for package_id in pasted.package_ids]
    values += [("at", pasted.at)] if pasted.at else []
    return urlencode(values)


def text_of(query: QueryDict) -> str:
    """Return a text that reads as the shared result; empty if the query shares none."""
    row = by_anchor(query.get("meaning", ""))
    if row is None:
        return ""
    parts = [json.dumps({"code": row.code, "msg": row.message_zh}, ensure_ascii=False), row.path]
    parts += [f"imageId={image_id}" for image_id in query.getlist("image")[:MOST_IDS]]
    parts += [f"packageId={package_id}" for package_id in query.getlist("package")[:MOST_IDS]]
    text = "\n".join([*parts, query.get("at", "")])
    return "" if is_too_long(text) else text
