from xdportal.accounts.forms.audit import AuditForm
from xdportal.accounts.forms.keys import KeyForm
from xdportal.accounts.forms.sign_in import (
    AddKeyForm,
    CodeAgainForm,
    CodeForm,
    EditKeyForm,
    LoginForm,
    ResetPasswordForm,
)
from xdportal.accounts.forms.teams import (
    DeleteTeamForm,
    HandOverForm,
    InviteForm,
    RoleForm,
    TeamForm,
)
from xdportal.accounts.forms.users import (
    DeleteAccountForm,
    FirstAdministratorForm,
    InvitedForm,
    NewUserForm,
    ProfileForm,
    UserForm,
)

__all__ = [
    "AddKeyForm",
    "AuditForm",
    "CodeAgainForm",
    "CodeForm",
    "DeleteAccountForm",
    "DeleteTeamForm",
    "EditKeyForm",
    "FirstAdministratorForm",
    "HandOverForm",
    "InviteForm",
    "InvitedForm",
    "KeyForm",
    "LoginForm",
    "NewUserForm",
    "ProfileForm",
    "ResetPasswordForm",
    "RoleForm",
    "TeamForm",
    "UserForm",
]
