"""Nothing is left to be compiled when the first decision is asked for: it would hold up everybody for seconds."""

import subprocess
import sys

import pytest

_PROGRAM = """
import sys
from numba.core.dispatcher import Dispatcher

from app.matching import warm_up

warm_up()


def compiled():
    found = {}
    for name, module in list(sys.modules.items()):
        if name.startswith("app."):
            for one in vars(module).values():
                if isinstance(one, Dispatcher):
                    found[one.py_func.__module__, one.__name__] = len(one.signatures)
    return found


before = compiled()
from app.matching import Entry, Index, ListedName, Query, QueryName

kinds = ("大宗商品交易中心有限公司", "文化产权交易所", "贵金属经营有限公司", "")
names = [f"福建样{a}{b}" for a in "甲乙丙丁戊己庚辛" for b in kinds]
listed = [(ListedName(name), ListedName(f"Sample {at} Exchange")) for at, name in enumerate(names)]
index = Index.build([Entry(str(at), both) for at, both in enumerate(listed)])
assert any(index.search(Query((QueryName(name),))) for name in names)
for name in names[:12]:
    for asked in (name, name[2:], f"甲（{name}）", name.replace("样", "祥"), f"{name}厦门分公司", "Sample 3 Exchange"):
        index.search(Query((QueryName(asked), QueryName(f"转{asked}货款" * 9, free_text=True))))
index.search_names(names)
after = compiled()
assert any(before.values())
print({name: (before.get(name), count) for name, count in after.items() if count != before.get(name)})
"""


@pytest.mark.compiled
def test_warming_up_compiles_all_that_a_decision_comes_to() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "{}"
