"""The first step of reading anything typed: one form for each character; the ways of saying “not known”."""

import unicodedata

_UNKNOWN_WORDS = (
    "待定 未定 待确定 尚未确定 暂未确定 待明确 待核实 待补充 未知 不详 不明 无 暂无 没有 面议 空 "
    "n/a na nan none null tbd ? ?? / // \\ - -- --- — —— – ― 一一 . 、 *"
)
_UNKNOWN = frozenset(_UNKNOWN_WORDS.split()) | {""}
_LONGEST = max(map(len, _UNKNOWN))


def nfkc(s: str) -> str:
    """Half-width, compatibility forms unified, control and zero-width marks and outer blanks gone."""
    folded = unicodedata.normalize("NFKC", s)
    if folded.isprintable():
        return folded.strip()
    kept = (c if c.isspace() else "" if unicodedata.category(c) in ("Cc", "Cf") else c for c in folded)
    return "".join(kept).strip()


def is_unknown(written: str) -> bool:
    """True for blanks and the ways in which ledgers say that nothing is known yet."""
    # Folding takes blanks and marks away but no letters: most cells need not be folded to be told.
    if len(written) > _LONGEST and written.isalnum():
        return False
    return "".join(nfkc(written).split()).lower() in _UNKNOWN
