"""A message for the provider's support, in Chinese whatever the reader's language."""

from xdportal.errorcodes.decoder import Pasted

MOST_IDS = 5
GREETING = "您好，我们调用开放平台接口时遇到错误，烦请协助排查："
REQUEST = "请告知原因和处理办法，谢谢！"


def support_message(pasted: Pasted, question: str = "") -> str:
    """Word what was read for the support; `question` adds what the history of the ids suggests."""
    facts = [
        ("接口", _call(pasted)),
        ("错误码", _code(pasted)),
        ("返回信息", pasted.msg),
        ("HTTP 状态码", str(pasted.status or "")),
        ("时间", pasted.at),
        ("镜像 ID", "、".join(pasted.image_ids[:MOST_IDS])),
        ("主机配置 ID", "、".join(pasted.package_ids[:MOST_IDS])),
        ("traceId", pasted.trace_id or "（返回结果中没有 traceId）"),
    ]
    lines = "\n".join(f"{name}：{value}" for name, value in facts if value)
    parts = [GREETING, lines, question, REQUEST]
    return "\n\n".join(part for part in parts if part)


def _call(pasted: Pasted) -> str:
    api = pasted.api
    return f"{api.zh}（{api.method} {api.path}）" if api else ""


def _code(pasted: Pasted) -> str:
    if pasted.code is None:
        return ""
    if not pasted.meanings:
        return f"{pasted.code}（文档中未列出）"
    return f"{pasted.code}（{pasted.meanings[0].row.message_zh}）"
