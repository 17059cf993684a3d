"""Every operation of the API from its own description: random and half-right requests never fail it.

Schemathesis makes the requests from the OpenAPI schema, and they go through WSGI into the same process. Asked by nobody, by
an applicant and by officers; half of the requests carry identifiers that exist, so that they get past the first door.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from zimao.api import PROBLEM, api
from zimao.kernel.cases.models import Case, Material, WorkItem
from zimao.kernel.documents.models import Document
from zimao.kernel.operations import Act
from zimao.kernel.parties.actors import actor_now
from zimao.kernel.parties.forms import TokenForm
from zimao.kernel.parties.models import User
from zimao.kernel.parties.operations.credentials import create_token

EXAMPLES = int(os.environ.get("ZIMAO_FUZZ_EXAMPLES", "6"))
"""Requests for each operation and each caller; a nightly run may ask for more."""
CALLERS = ("", "owner", "supervisor1", "admin")
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
SCHEMA.app = get_wsgi_application()
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
QUICK = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests stay in the test's transaction: as in Django's own test client, a request does not close connections."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def _token(username: str) -> dict[str, str]:
    if not username:
        return {}
    user = User.objects.select_related("party").get(username=username)
    now = timezone.now()
    _, secret = create_token(Act(actor_now(user, "FZ", now), now), form=TokenForm(name="fuzz", access="write", days=1))
    return {"Authorization": f"Bearer {secret}"}


def _known() -> dict[str, list[Any]]:
    """Values that exist, by the name of the parameter that takes them."""
    cases = Case.objects.order_by("pk")
    return {
        "number": [one.number for one in cases[:6]],
        "item_id": list(WorkItem.objects.order_by("-pk").values_list("pk", flat=True)[:8]),
        "material_id": list(Material.objects.order_by("pk").values_list("pk", flat=True)[:3]),
        "document_id": list(Document.objects.order_by("pk").values_list("pk", flat=True)[:3]),
        "code": list(Document.objects.order_by("pk").values_list("code", flat=True)[:3]),
        "name": ["ship_periods", "ship_materials"],
        "zone": ["FZ", "XM"],
        "service": ["ship_registry"],
        "index": [0, 1],
    }


def test_every_part_is_in_the_description():
    paths = {label.partition(" ")[2].removeprefix("/api/v1").split("/")[1] for label in OPERATIONS}
    assert {"cases", "tasks", "parties", "documents", "verify", "evidence", "events", "notices", "ships"} <= paths
    assert len(OPERATIONS) > 50


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_request_fails_the_operation(demo, label):
    known, headers = _known(), {caller: _token(caller) for caller in CALLERS}
    operation = OPERATIONS[label]

    @QUICK
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy())
        for name in case.path_parameters or {}:
            if known.get(name) and data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        for caller in CALLERS:
            case.headers.pop("Authorization", None)
            response = case.call(headers=headers[caller])
            case.validate_response(response, checks=CHECKS)
            if response.status_code >= 400:
                assert response.headers["content-type"][0].startswith(PROBLEM), (caller, response.status_code)

    ask()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_problems_are_in_the_reader_s_language(client, language):
    problem = client.get("/api/v1/evidence/consistency", headers={"Accept-Language": language}).json()
    assert ("required" in problem["detail"]) == (language == "en")
    assert {one["field"] for one in problem["errors"]} == {"old", "new"}
    assert all(one["detail_zh"] and one["detail_en"] for one in problem["errors"])


@pytest.mark.django_db
def test_an_unknown_address_is_a_problem_too(client):
    answer = client.get("/api/v1/nothing/here")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)


@pytest.mark.django_db
def test_an_unforeseen_failure_has_a_reference_and_tells_nothing(client, monkeypatch, caplog):
    def fail(*args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("zimao.kernel.evidence.api.latest_checkpoint", fail)
    answer = client.get("/api/v1/evidence/checkpoint")
    problem = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert problem["reference"] in problem["detail"]
    assert "secret detail" not in answer.content.decode()
    assert problem["reference"] in caplog.text


@pytest.mark.django_db
def test_the_api_s_own_page_loads_nothing_from_elsewhere(client):
    page = client.get("/api/v1/docs").content.decode()
    assert "/static/ninja/" in page
    assert "http://" not in page
    assert "https://" not in page
