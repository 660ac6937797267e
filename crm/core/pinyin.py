"""Readings of Chinese text: full pinyin, initials, an order for lists.

Calling the library for each name costs several times more than one dictionary look-up a character, so this
module keeps its own tables, built on first use: the usual reading of every character, and only those phrases
whose reading differs from it (银行, 重庆, 长江).
"""

from functools import cache, lru_cache
from operator import add

# Surnames read otherwise than the same character elsewhere.
_SURNAMES = {
    "仇": "qiu", "单": "shan", "查": "zha", "曾": "zeng", "解": "xie", "区": "ou", "朴": "piao", "盖": "ge",
    "乐": "yue", "翟": "zhai", "员": "yun", "种": "chong", "缪": "miao", "宁": "ning", "纪": "ji", "黑": "he",
    "秘": "bi", "冼": "xian", "洗": "xian", "覃": "qin", "召": "shao", "那": "na", "褚": "chu", "晁": "chao",
    "应": "ying", "燕": "yan", "哈": "ha", "谌": "chen", "撒": "sa", "车": "che", "卜": "bu", "祭": "zhai",
    "句": "gou", "逄": "pang", "任": "ren", "华": "hua", "尹": "yin", "令": "ling", "折": "she", "繁": "po",
    "参": "shen", "牟": "mu", "邵": "shao", "尉": "wei", "郇": "xun", "隗": "wei", "佴": "nai", "葛": "ge",
    "尉迟": "yu chi", "万俟": "mo qi", "单于": "chan yu", "长孙": "zhang sun", "澹台": "tan tai",
    "令狐": "ling hu", "宰父": "zai fu", "鲜于": "xian yu", "尉犁": "yu li",
}  # fmt: skip

# Words of company and place names that the library's phrase table lacks or reads otherwise.
_PHRASES = {
    "银行": "yin hang", "行业": "hang ye", "商行": "shang hang", "车行": "che hang", "洋行": "yang hang",
    "重庆": "chong qing", "长江": "chang jiang", "长三角": "chang san jiao", "厦门": "xia men",
    "六安": "lu an", "六合": "lu he", "蚌埠": "beng bu", "东莞": "dong guan", "铅山": "yan shan",
    "堆沟": "dui gou", "柘汪": "zhe wang", "赣榆": "gan yu", "徐圩": "xu wei",
}  # fmt: skip

# ü has no key of its own: input methods and people alike type v.
_TONES = str.maketrans(
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ",
    "aaaaeeeeiiiioooouuuuvvvvvnnnm",
)


def _plain(reading: str) -> str:
    return "".join(letter for letter in reading.translate(_TONES) if letter.isascii())


@cache
def _characters() -> dict[str, str]:
    from pypinyin.pinyin_dict import pinyin_dict

    return {chr(code): _plain(readings.split(",", 1)[0]) for code, readings in pinyin_dict.items()}


@cache
def _phrases() -> dict[str, dict[str, tuple[str, ...]]]:
    """First two characters → phrases that begin with them and are not read character by character, longest first."""
    from pypinyin.phrases_dict import phrases_dict

    usual = _characters()
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for phrase, readings in phrases_dict.items():
        syllables = tuple(_plain(reading[0]) for reading in readings)
        if len(syllables) == len(phrase) and any(
            usual.get(character) != syllable for character, syllable in zip(phrase, syllables, strict=True)
        ):
            found.setdefault(phrase[:2], {})[phrase] = syllables
    for phrase, spelled in _PHRASES.items():
        found.setdefault(phrase[:2], {})[phrase] = tuple(spelled.split())
    return {
        first: dict(sorted(phrases.items(), key=lambda item: -len(item[0])))
        for first, phrases in found.items()
    }


@lru_cache(maxsize=4096)
def syllables(text: str, person: bool = False) -> tuple[str, ...]:
    """One entry a character: its reading, or the character itself where it has none."""
    usual, phrases = _characters(), _phrases()
    if not person and phrases.keys().isdisjoint(map(add, text, text[1:])):
        return tuple(map(usual.get, text, text))
    read: list[str] = _surname(text) if person else []
    at = len(read)
    while at < len(text):
        character = text[at]
        beginning = phrases.get(text[at : at + 2])
        phrase = next((p for p in beginning if text.startswith(p, at)), None) if beginning else None
        if beginning and phrase:
            read.extend(beginning[phrase])
            at += len(phrase)
        else:
            read.append(usual.get(character, character))
            at += 1
    return tuple(read)


def _surname(text: str) -> list[str]:
    for length in (2, 1):
        reading = _SURNAMES.get(text[:length])
        if reading and len(text) >= length:
            return reading.split()
    return []


def pinyin_full(text: str, person: bool = False) -> str:
    """ "招商局 A1" → "zhaoshangjua1": readings run together, only letters and digits kept."""
    return only_alnum("".join(syllables(text, person)).lower())


def pinyin_initials(text: str, person: bool = False) -> str:
    """ "招商局 A1" → "zsja1"."""
    return only_alnum("".join([reading[0] for reading in syllables(text, person)])).lower()


def only_alnum(text: str) -> str:
    """Letters and digits; most texts have nothing else and are given back as they are."""
    return text if text.isalnum() else "".join(filter(str.isalnum, text))


def sort_key(name: str, person: bool = False) -> str:
    """Orders lists by pinyin; the name itself breaks ties, so the order is the same everywhere."""
    return " ".join(syllables(name.lower(), person)) + "|" + name
