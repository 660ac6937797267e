"""Uploading a list, naming its columns, answering its problems."""

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from crm.web.forms import Form, at_most

UNITS = ("亿元", "万元", "元", "亿美元", "万美元")


class UploadForm(Form):
    """`zone` is offered to the bureau alone; a zone's own people import for their zone."""

    file = FileField("文件", validators=[FileRequired("还没有选文件。请选择要导入的表格。")])
    zone = SelectField("导入到", validators=[Optional()], choices=[])


class AnswerForm(Form):
    """One answer to one problem: `place` is "sheet!row", `column` counts from 0; `same` takes all cells that say the same."""

    kind = HiddenField(validators=[Length(max=40)])
    place = HiddenField(validators=[Length(max=120)])
    column = HiddenField(validators=[Length(max=6)])
    value = StringField("改为", validators=[at_most(200)])
    same = BooleanField("其余相同的也这样处理")
    act = HiddenField(default="set", validators=[Length(max=12)])
