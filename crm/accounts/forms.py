"""Forms of one's own account and of the administrators."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import Optional, ValidationError

from crm.accounts import rules
from crm.accounts.models import Post, SignIn, User
from crm.core.actor import Role
from crm.web.choices import options
from crm.web.conflicts import VersionedForm
from crm.web.forms import DayField, Form, at_most, fits, required


class LoginForm(Form):
    login = StringField("登录名", [required("登录名"), fits(SignIn.login)])
    password = PasswordField("密码", [required("密码"), at_most(256)])


class PasswordForm(Form):
    old = PasswordField("原密码", [required("原密码"), at_most(256)])
    password = PasswordField("新密码", [required("新密码"), at_most(256)])
    again = PasswordField("再输一遍新密码", [required("再输一遍新密码"), at_most(256)])

    def validate_again(self, field: PasswordField) -> None:
        if field.data != self.password.data:
            raise ValidationError("两次输入的新密码不一样。请重新输入。")


class NewUserForm(Form):
    login = StringField(
        "登录名", [required("登录名"), fits(User.login)], description="小写字母、数字、点、横线，建好后不能改"
    )
    name = StringField("姓名", [required("姓名"), fits(User.name)])


class UserForm(VersionedForm):
    name = StringField("姓名", [required("姓名"), fits(User.name)])


class PostForm(Form):
    """A post to propose; the view offers the units and roles that may be chosen."""

    unit = SelectField("机构", coerce=int)
    role = SelectField("角色", [required("角色")])
    title = StringField("职务", [Optional(), fits(Post.title)])
    starts_on = DayField("任期开始", [required("任期开始")])
    ends_on = DayField("任期结束", [Optional()])

    def offer(self, units: Sequence[tuple[int, str]], roles: Sequence[Role]) -> "PostForm":
        """Sets what may be chosen."""
        self.unit.choices = options(units)
        self.role.choices = options((role, rules.ROLE_LABELS[role]) for role in roles)
        return self

    def draft(self) -> rules.PostDraft:
        return rules.PostDraft(
            unit_id=int(self.unit.data or 0),
            role=Role(self.role.data),
            starts_on=cast(date, self.starts_on.data),
            title=str(self.title.data or "").strip(),
            ends_on=self.ends_on.data,
        )


class InviteForm(PostForm):
    login = StringField(
        "登录名", [required("登录名"), fits(User.login)], description="小写字母、数字、点、横线，建好后不能改"
    )
    name = StringField("姓名", [required("姓名"), fits(User.name)])


class ReasonForm(Form):
    reason = StringField("理由", [required("理由"), fits(Post.end_reason)])
