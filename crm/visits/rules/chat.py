"""Persons out of a message as people paste it from a chat or a card: name, post and phone told apart."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from crm.core.errors import RuleBroken
from crm.core.folding import nfkc
from crm.core.people import COMPOUND, PHONE, TITLE
from crm.core.phones import phone
from crm.units.rules import LEVEL_LABELS, LeaderLevel
from crm.visits.rules.visit import Ours, Theirs

#: The common surnames; what begins with none of them is taken for a name only where nothing else is left.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹"
    "孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁"
    "尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑"
    "景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚"
)  # fmt: skip
#: A piece ending like this is a place of work or a part of one, whatever it begins with.
_PLACE = re.compile(
    r"(?:公司|集团|企业|厂|部门?|处|科|室|局|委|院|所|中心|协会|商会|基金|银行|大学|办公室|办|组|区)$"
)
_ENGLISH_POST = re.compile(
    r"(?:(?:vice|general|senior|deputy|executive|chief|sales|project|managing|investment)\s+)*"
    r"(?:ceo|cfo|cto|coo|cmo|gm|vp|svp|evp|president|chairman|director|manager|officer|partner|engineer)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(姓名|联系人|名字|职务|职位|岗位|头衔|公司|单位|企业|部门|手机号?码?|联系电话|联系方式|办公电话|电话|座机|"
    r"微信同号|微信号?|邮箱|email|e-mail|mail|地址|传真|网址|qq|tel|mobile|phone)\s*[:：]\s*",
    re.IGNORECASE,
)
_NAME_LABELS = ("姓名", "联系人", "名字")
_POST_LABELS = ("职务", "职位", "岗位", "头衔", "公司", "单位", "企业", "部门")
_PHONE_LABELS = (
    "手机",
    "联系电话",
    "联系方式",
    "办公电话",
    "电话",
    "座机",
    "微信同号",
    "tel",
    "mobile",
    "phone",
)
_NOISE = re.compile(
    r"[（(]?\s*(?:微信同号|同微信|手机同微信)\s*[)）]?|https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|的?(?:手机号?码?|联系电话|电话)"
    # The moment a chat puts beside the sender, and what stands before an office's number.
    r"|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?|(?:办公室?|座机|传真)\s*[:：]?\s*(?=\x00)",
    re.ASCII,
)
_HELLO = re.compile(
    r"^(?:[【\[]?(?:微信名片|名片|参会人?|参会名单|与会人员)[】\]]?[:：\s]*|(?:您好|你好|大家好|各位好|这是|这位是|我是|我们|对接人是?|联系人是?|参会人员|名单如下|名单|参加人员|来访人员|对方|客商)[:：,，。!！\s]*)+"
)
_NUMBERING = re.compile(r"^\s*(?:\d{1,2}[.、)）]|[（(]\d{1,2}[)）]|[-•·*])\s*")
_BREAKS = re.compile(r"[,、;。/|\t—–]+|\s+-+\s+|\s{1,}")
_LONE = re.compile(r"(?<![一-鿿])([一-鿿])\s+([一-鿿])(?![一-鿿])")
_HAN = re.compile(r"[一-鿿]{2,4}")
_DOTTED = re.compile(r"[一-鿿]{1,8}(?:·[一-鿿]{1,8})+")
_LATIN = re.compile(r"[A-Z][a-z]+(?:\s[A-Z][a-z.]*){1,2}")
_DOES = re.compile(r"负责|分管|主管|兼|来自|从事")
_OF = re.compile(r"(.{2,})的([一-鿿]{2,4})")
_HELD = re.compile(r"\x00(\d+)\x00")


def people_in(message: str) -> tuple[Theirs, ...]:
    """张三，XX公司总经理，13800000000 / 李四 董事长 138-0000-0000 → persons in the order they are named.

    A piece that is neither a post nor a phone begins a new person; posts and phones belong to the person before them, a
    phone in front of every name to the first. What is left over without a name is kept as a name, never dropped.
    """
    if "BEGIN:VCARD" in message.upper():
        return tuple(_cards(message))
    found: list[Theirs] = []
    for line in nfkc(message.replace("\r", "\n")).split("\n"):
        _line(line, found)
    return tuple(replace(p, name=p.name[:40], post=p.post[:80]) for p in found if p.name or p.post or p.phone)


def _cards(message: str) -> Iterator[Theirs]:
    for block in re.split(r"BEGIN:VCARD", message, flags=re.IGNORECASE)[1:]:
        values: dict[str, str] = {}
        for line in block.replace("\r", "").split("\n"):
            key, colon, value = line.partition(":")
            if colon:
                values.setdefault(key.split(";")[0].strip().upper(), value.strip().replace(";", " ").strip())
        name = values.get("FN") or "".join(values.get("N", "").split())
        post = "".join(values.get(key, "") for key in ("ORG", "TITLE"))
        number = PHONE.search(nfkc(values.get("TEL", "")))
        yield Theirs(name[:40], post[:80], phone(number.group()) if number else "")


@dataclass(slots=True)
class _Reader:
    """The persons found so far; `loose` is a phone that no person has claimed yet."""

    found: list[Theirs]
    loose: str = ""

    def name(self, words: str, post: str = "") -> None:
        self.found.append(Theirs(words, post, self.loose))
        self.loose = ""

    def post(self, words: str) -> None:
        if not self.found:
            self.found.append(Theirs("", words))
            return
        last = self.found[-1]
        self.found[-1] = replace(last, post=f"{last.post} {words}".strip())

    @property
    def waits_for_a_post(self) -> bool:
        return bool(self.found and self.found[-1].name and not self.found[-1].post)

    def phone(self, number: str) -> None:
        if self.found and not self.found[-1].phone:
            self.found[-1] = replace(self.found[-1], phone=number)
        elif not self.loose:
            self.loose = number

    def named(self, words: str, post: str = "") -> None:
        """A name after a post that stands alone (总经理 张三) completes that person."""
        last = self.found[-1] if self.found else None
        if last is not None and (last.name, last.post, last.phone) == (words, "", ""):
            # The sender's own line above his message.
            self.found.pop()
        if self.found and not self.found[-1].name:
            last = self.found[-1]
            self.found[-1] = replace(last, name=words, post=f"{last.post} {post}".strip())
        else:
            self.name(words, post)


def _line(line: str, found: list[Theirs]) -> None:
    reader = _Reader(found)
    plain = _NUMBERING.sub("", _HELLO.sub("", line.strip()))
    if _labelled(plain, reader):
        return
    numbers: list[str] = []

    def held(match: re.Match[str]) -> str:
        try:
            numbers.append(phone(match.group()))
        except RuleBroken:
            return match.group()
        return f" \x00{len(numbers) - 1}\x00 "

    marked = _LONE.sub(r"\1\2", _NOISE.sub(" ", PHONE.sub(held, plain)))
    for piece in _pieces(marked):
        if number := _HELD.fullmatch(piece):
            reader.phone(numbers[int(number.group(1))])
        else:
            _word(piece, reader)
    if reader.loose and not (found and found[-1].name):
        reader.name("")


def _pieces(line: str) -> list[str]:
    """Latin names keep the blanks inside them."""
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f" \x01{len(kept) - 1}\x01 "

    marked = _LATIN.sub(keep, _ENGLISH_POST.sub(keep, re.sub(r"[:：()（）\[\]【】\"'“”<>《》]", " ", line)))
    parts = [_NUMBERING.sub("", part.strip()).strip(" .-_") for part in _BREAKS.split(marked)]
    return [kept[int(part.strip("\x01"))] if part.startswith("\x01") else part for part in parts if part]


def _labelled(line: str, reader: _Reader) -> bool:
    """姓名：张三 职务：总经理 电话：138…; False where the line has no such label."""
    labels = list(_LABEL.finditer(line))
    if not labels or line[: labels[0].start()].strip(" ,;"):
        return False
    ends = [*(label.start() for label in labels[1:]), len(line)]
    for label, end in zip(labels, ends, strict=True):
        _value(label.group(1).lower(), line[label.end() : end].strip(" ,;、|/"), reader)
    return True


def _value(label: str, value: str, reader: _Reader) -> None:
    if not value:
        return
    if label in _NAME_LABELS:
        for piece in _pieces(_LONE.sub(r"\1\2", value)):
            if number := PHONE.fullmatch(piece):
                reader.phone(phone(number.group()))
            else:
                _word(piece, reader)
    elif label in _POST_LABELS:
        reader.post(value)
    elif label.startswith(_PHONE_LABELS) and (number := PHONE.search(value)):
        reader.phone(phone(number.group()))


def _word(piece: str, reader: _Reader) -> None:
    """One piece of a line: a post, a name, or a name with its post written on."""
    if TITLE.fullmatch(piece) or _ENGLISH_POST.fullmatch(piece):
        reader.post(piece)
    elif _is_name(piece):
        reader.named(piece)
    elif (at := _behind_a_post(piece)) is not None:
        reader.named(piece[at:], piece[:at])
    elif (of := _OF.fullmatch(piece)) is not None and _is_name(of[2]):
        reader.named(of[2], of[1])
    elif (title := TITLE.search(piece)) is not None:
        _titled(piece, piece[: title.start()], title.group(), reader)
    elif _PLACE.search(piece) or _DOES.match(piece) or reader.waits_for_a_post:
        reader.post(piece)
    elif not piece.isdigit():
        reader.named(piece)


def _titled(piece: str, head: str, title: str, reader: _Reader) -> None:
    """张三总经理 is a person; 李经理 and 欧阳总 are how one is known; XX公司总经理 is a post."""
    if _is_name(head):
        reader.named(head, title)
    elif len(head) == 1 or head in COMPOUND:
        reader.named(piece)
    else:
        reader.post(piece)


def _behind_a_post(piece: str) -> int | None:
    """Where the name begins in 总经理张三."""
    ends = range(len(piece) - 2, max(len(piece) - 5, 1), -1)
    return next((at for at in ends if _is_name(piece[at:]) and TITLE.fullmatch(piece[:at])), None)


def _is_name(piece: str) -> bool:
    if _DOTTED.fullmatch(piece) or _LATIN.fullmatch(piece):
        return True
    if not _HAN.fullmatch(piece) or _PLACE.search(piece):
        return False
    return piece[:2] in COMPOUND or (piece[0] in _SURNAMES and (len(piece) <= 3 or piece[1] in _SURNAMES))


#: Ranks as one writes them behind a name (rules.md §8.2): 王明（市分管）.
_LEVELS = {
    "市主要": LeaderLevel.CITY_MAIN,
    "市分管": LeaderLevel.CITY_CHARGE,
    "区主要": LeaderLevel.COUNTY_MAIN,
    "区分管": LeaderLevel.COUNTY_CHARGE,
    "部门": LeaderLevel.DEPARTMENT,
}
_LEVEL = re.compile(
    rf"[\s(]+({'|'.join([*_LEVELS, *map(re.escape, map(nfkc, LEVEL_LABELS.values()))])})(?:领导|负责人)?\s*\)?$"
)
_BY_LABEL = {nfkc(label): level for level, label in LEVEL_LABELS.items()}


def our_person(written: str) -> Ours:
    """One of ours with the rank written behind the name, where there is one."""
    plain = nfkc(written).strip()
    found = _LEVEL.search(plain)
    if found is None:
        return Ours(name=plain)
    word = found.group(1)
    return Ours(name=plain[: found.start()].strip(), level=_LEVELS.get(word) or _BY_LABEL[word])
