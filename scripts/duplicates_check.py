"""Recall and precision of the duplicate check on a real register with made noise (docs/duplicates.md).

    .venv/bin/python scripts/duplicates_check.py REGISTER.csv.gz --sample 500 --seed 7

Every twentieth company is held out; the others are registered in a scratch database. Sampled names are then written as
people write them and asked for again: `found` is the share whose company is among the eight shown, `first` that it
leads them, `taken` what an import would take for the same by itself, `wrong` what it would take for another. The
names held out are in nobody's register: what is proposed for them is a false alarm.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from crm.accounts import queries as accounts  # noqa: E402
from crm.app import create_app  # noqa: E402
from crm.companies import actions, queries  # noqa: E402
from crm.companies.naming import Wanted  # noqa: E402
from crm.companies.rules import CompanyDraft  # noqa: E402
from crm.core import db as database  # noqa: E402
from crm.core import schema, text  # noqa: E402
from crm.core.db import db  # noqa: E402
from crm.core.errors import RuleBroken  # noqa: E402

_HELD_OUT = 20
#: From this score on the page says "the same"; below it "looks like".
_SAME = 96

Noise = Callable[[str, random.Random], str]


def read(path: Path) -> Iterator[tuple[str, str]]:
    """(name, credit code or "") of a CSV with the columns 企业名称 and 统一社会信用代码; each name and code once."""
    seen: set[str] = set()
    unpacked = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with io.StringIO(unpacked.decode("utf-8-sig")) as lines:
        for row in csv.DictReader(lines):
            name, code = row["企业名称"].strip(), row["统一社会信用代码"].strip()
            try:
                code = text.uscc(code).code
            except RuleBroken:
                code = ""
            marks = {text.company_identity(name), code} - {""}
            if name and not marks & seen:
                seen |= marks
                yield name, code


# --- noise ------------------------------------------------------------------------------------------


def _place(name: str, chance: random.Random) -> int:
    """A place within the key, so that the noise hits the name and not its legal form."""
    key = text.company_key(name)
    start = max(text.nfkc(name).find(key), 0)
    return start + chance.randrange(max(len(key), 1))


def typo(name: str, chance: random.Random, letters: str) -> str:
    at = _place(name, chance)
    return name[:at] + chance.choice(letters) + name[at + 1 :]


def homophone(name: str, chance: random.Random, alike: dict[str, str]) -> str:
    """Another character of the same reading, as an input method offers it."""
    at = _place(name, chance)
    others = [c for c in alike.get(text.pinyin_full(name[at]), "") if c != name[at]] if at < len(name) else []
    return name[:at] + chance.choice(others) + name[at + 1 :] if others else name


def swapped(name: str, chance: random.Random) -> str:
    at = min(_place(name, chance), len(name) - 2)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def missing(name: str, chance: random.Random) -> str:
    at = _place(name, chance)
    return name[:at] + name[at + 1 :]


def prefix(name: str, chance: random.Random) -> str:
    """The place in front left out, or 江苏 put there."""
    key = text.company_key(name)
    at = name.find(key)
    return name[at:] if at > 0 else "江苏省" + name


def brackets(name: str, chance: random.Random) -> str:
    """江苏某某有限公司 → 某某（江苏）有限公司."""
    key = text.company_key(name)
    at = name.find(key)
    front, rest = name[: max(at, 0)] or "江苏", name[max(at, 0) + len(key) :]
    return f"{key}（{front}）{rest}" if at >= 0 else name


def legal_form(name: str, chance: random.Random) -> str:
    if "有限责任公司" in name:
        return name.replace("有限责任公司", "有限公司")
    return name.replace("有限公司", chance.choice(("有限责任公司", "公司", "股份有限公司")))


def short(name: str, chance: random.Random) -> str:
    """The first four characters after the place, as people say it."""
    return text.company_key(name)[:4]


def noises(names: list[str]) -> dict[str, Noise]:
    count: dict[str, int] = defaultdict(int)
    for name in names:
        for letter in name:
            count[letter] += 1
    common = "".join(sorted(count, key=lambda c: (-count[c], c))[:1500])
    alike: dict[str, str] = defaultdict(str)
    for letter in common:
        alike[text.pinyin_full(letter)] += letter
    return {
        "原样": lambda name, chance: name,
        "错一字": lambda name, chance: typo(name, chance, common),
        "同音字": lambda name, chance: homophone(name, chance, alike),
        "两字颠倒": swapped,
        "漏一字": missing,
        "加减地名": prefix,
        "地名进括号": brackets,
        "企业形式不同": legal_form,
        "只写简称": short,
    }


# --- measuring --------------------------------------------------------------------------------------


def line(label: str, noise: Noise, sample: list[tuple[int, str]], chance: random.Random) -> str:
    found = first = alone = shown = 0
    spent = []
    written = [noise(name, chance) for _, name in sample]
    for (company_id, _), asked in zip(sample, written, strict=True):
        began = time.process_time()
        ids = [suspect.id for suspect in queries.possible_duplicates(asked)]
        spent.append((time.process_time() - began) * 1000)
        found += company_id in ids
        first += ids[:1] == [company_id]
        shown += len(ids)
        alone += ids == [company_id]
    taken = queries.match_many([Wanted(asked) for asked in written])
    right = sum(taken.get(at) == company_id for at, (company_id, _) in enumerate(sample))
    many = len(sample)
    cells = [_share(n, many) for n in (found, first, right, len(taken) - right)]
    precision = _share(found, shown)
    return f"| {label} | {' | '.join(cells)} | {precision} | {statistics.median(spent):.1f} |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "—"


def strangers(names: list[str]) -> str:
    """What is proposed for companies that nobody has registered."""
    some = same = 0
    for name in names:
        scores = [suspect.score for suspect in queries.possible_duplicates(name)]
        some += bool(scores)
        same += any(score >= _SAME for score in scores)
    taken = len(queries.match_many([Wanted(name) for name in names]))
    many = len(names)
    return f"| 名录里没有的 | 提示“相近” {_share(some, many)} | 提示“相同” {_share(same, many)} | 导入误并 {_share(taken, many)} |"


def measure(path: Path, many: int, seed: int) -> None:
    rows = list(read(path))
    chance = random.Random(seed)  # noqa: S311
    chance.shuffle(rows)
    outside, inside = rows[::_HELD_OUT], [row for at, row in enumerate(rows) if at % _HELD_OUT]
    began = time.perf_counter()
    ids = actions.insert_many(accounts.system(), [CompanyDraft(name, code) for name, code in inside])
    db.session.commit()
    database.analyse()
    print(
        f"名录 {len(inside)} 家，另留 {len(outside)} 家不入库；登记用时 {time.perf_counter() - began:.0f} 秒\n"
    )
    sample = chance.sample([(key, name) for key, (name, _) in zip(ids, inside, strict=True)], many)
    queries.possible_duplicates("先读入拼音表")
    print(
        "| 写法 | 列出 | 排第一 | 导入认出 | 导入认错 | 列出的准确率 | 处理器毫秒（中位） |\n|---|---|---|---|---|---|---|"
    )
    for label, noise in noises([name for name, _ in inside]).items():
        print(line(label, noise, sample, chance), flush=True)
    print()
    print(strangers([name for name, _ in outside[:many]]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("register", type=Path, help="CSV or CSV.gz with 企业名称 and 统一社会信用代码")
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["CRM_DATA_DIR"] = scratch
        os.environ.pop("CRM_DATABASE_URL", None)
        with create_app().app_context():
            schema.load()
            db.metadata.create_all(db.engine)
            measure(asked.register, asked.sample, asked.seed)
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
