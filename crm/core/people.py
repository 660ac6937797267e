"""Who stands in a cell of names, titles and phone numbers written together."""

import re
from dataclasses import dataclass

from crm.core.folding import is_unknown, nfkc
from crm.core.phones import phone


@dataclass(frozen=True, slots=True)
class Person:
    """`phone` is normalised, "" when the cell gives none."""

    name: str
    title: str
    phone: str


PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"
    r"|(?<!\d)(?:\(0\d{2,3}\)|(?:\+86[- ]?)?0\d{2,3}|\+86[- ]?[2-9]\d{1,2})"
    r"[- ]?[2-9]\d{2,3}[ -]?\d{4}(?:(?:-|转)\d{1,6})?(?!\d)"
    r"|(?<!\d)400[- ]?\d{3}[- ]?\d{4}(?!\d)"
)
_NOISE = re.compile(
    r"手机号?码?|联系(?:电话|方式|人)|电话|微信同号|同微信|微信|tel|mobile|[:()\[\]【】\"']", re.IGNORECASE
)
_BETWEEN = re.compile(r"[,、;/|\n]+|\s+(?:和|及)\s+")
_EDGES = " \t-—–―_.·,、;/|"
TITLE = re.compile(
    r"(?:(?:执行|常务|高级|首席|资深|区域|投资|项目|招商|销售|市场|财务|技术|总)*"
    r"(?:副)?(?:董事长|董事|总经理|总裁|总监|总工程师|总工|总|经理|主任|部长|处长|科长|局长|书记|主席|会长|秘书长|秘书"
    r"|助理|厂长|院长|所长|教授|博士|工程师|专员|主管|负责人|合伙人|先生|女士))+$"
)
COMPOUND = {"欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木"}


def split_person(cell: object) -> list[Person]:
    """ "张三13800000000、李经理—0518-85123456" → two persons; a second number repeats its owner's name."""
    written = nfkc("" if cell is None else str(cell))
    if is_unknown(written):
        return []
    matches = list(PHONE.finditer(written))
    if not matches:
        return [_person(label, "") for label in _labels(written)]
    ends = [0, *(found.end() for found in matches)]
    before = [_labels(written[end : found.start()]) for end, found in zip(ends, matches, strict=False)]
    after = _labels(written[ends[-1] :])
    numbers = [phone(found.group()) for found in matches]
    if not before[0] and after:
        # The number comes first here: "13800000000 张三".
        return _paired([*before[1:], after[:1]], numbers) + [_person(label, "") for label in after[1:]]
    return _paired(before, numbers) + [_person(label, "") for label in after]


def _labels(written: str) -> list[str]:
    cleaned = _NOISE.sub(" ", written)
    parts = (re.sub(r"\s+", " ", part).strip(_EDGES) for part in _BETWEEN.split(cleaned))
    return [part for part in parts if part and not part.isdigit()]


def _paired(labels: list[list[str]], numbers: list[str]) -> list[Person]:
    """The label nearest to a number owns it; others in the same stretch have none."""
    found: list[Person] = []
    owner = Person("", "", "")
    for names, number in zip(labels, numbers, strict=True):
        found.extend(_person(label, "") for label in names[:-1])
        owner = _person(names[-1], number) if names else Person(owner.name, owner.title, number)
        found.append(owner)
    return found


def _person(label: str, number: str) -> Person:
    head, _, rest = label.partition(" ")
    if rest and not TITLE.fullmatch(head):
        # A blank inside a two-character name ("张 三") is layout, not a border.
        if len(head) == 1 and len(rest) == 1:
            return Person(head + rest, "", number)
        return Person(head, rest.strip(_EDGES), number)
    compact = label.replace(" ", "")
    title = TITLE.search(compact)
    name = compact[: title.start()] if title else compact
    if title and len(name) >= 2 and name not in COMPOUND:
        return Person(name, title.group(), number)
    # 李经理, 王工: a surname with a title is how the person is known.
    return Person(compact, "", number)
