from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from xdportal.accounts import audit
from xdportal.accounts import privacy as people
from xdportal.accounts.forms import DeleteAccountForm
from xdportal.accounts.models import AuditEntry, User
from xdportal.accounts.recent import recent_sign_in
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.accounts.teams import Refused


@require_safe
def privacy(request: AuthenticatedRequest) -> HttpResponse:
    return _page(request, DeleteAccountForm(request.user))


@require_safe
def export(request: AuthenticatedRequest) -> HttpResponse:
    if request.method == "GET":
        audit.note(AuditEntry.Kind.DATA_EXPORTED, request=request, subject=request.user)
    answer = JsonResponse(
        people.about(request.user), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="xdportal-my-data.json"'
    return answer


@require_POST
@recent_sign_in
def delete(request: AuthenticatedRequest) -> HttpResponse:
    form = DeleteAccountForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        people.delete_account(User.objects.get(pk=request.user.pk), request)
    except Refused as refused:
        form.add_error(None, str(refused.text))
        return _page(request, form)
    request.session.flush()
    messages.success(request, _("Your account was deleted."))
    return redirect("account_login")


def _page(request: AuthenticatedRequest, form: DeleteAccountForm) -> HttpResponse:
    context = {"form": form, "owned_alone": people.owned_alone(request.user)}
    return render(request, "accounts/privacy.html", context)
