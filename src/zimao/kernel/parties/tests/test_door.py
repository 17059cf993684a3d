"""The door shows what it lists, and opens without Django."""

import subprocess
import sys

from zimao.kernel import parties


def test_every_listed_name_is_there():
    assert sorted(parties.__all__) == parties.__all__
    assert set(parties.__all__) == set(dir(parties))
    for name in parties.__all__:
        assert getattr(parties, name).__class__.__name__ != "module"


def test_identifiers_and_roles_need_no_django():
    code = "import sys; from zimao.kernel.parties import check, Role; check('imo', '8814275', 'f'); assert 'django' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
