"""The pages of cases: who sees what, what happens when a form is refused or somebody was first, what is exported and drawn."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from zimao.kernel import evidence
from zimao.kernel.cases import panels
from zimao.kernel.cases.listing import BenchFilter, bench, find_cases, next_item, visible_cases
from zimao.kernel.cases.materials import storage_path
from zimao.kernel.cases.models import Case, CaseMaterial, Material, ProcessRelease, Suspension, WorkItem
from zimao.kernel.cases.operations import claim_task, complete_task
from zimao.kernel.cases.policies import may_see_case
from zimao.kernel.cases.tests.addresses import ActingMiddleware
from zimao.kernel.cases.tests.permit import _BODY, AT, KEY, begin, installed, people, write_version
from zimao.kernel.operations import Act
from zimao.kernel.parties.models import AccessRecord
from zimao.kernel.text import t

pytestmark = pytest.mark.django_db

BASE = (
    "<title>{% block title %}{% endblock %}</title>{% block head %}{% endblock %}{% include 'portal/_messages.html' %}"
    "{% block heading %}{% endblock %}{% block actions %}{% endblock %}{% block content %}{% endblock %}{% block scripts %}{% endblock %}"
)


@pytest.fixture
def process(tmp_path):
    with installed(tmp_path) as spec:
        yield spec


@pytest.fixture
def everybody(process, db):
    return people()


@pytest.fixture
def site(settings, tmp_path):
    """Signs in as an actor and gives a client; pages are drawn in a bare frame."""
    settings.ROOT_URLCONF = "zimao.kernel.cases.tests.addresses"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "zimao.kernel.cases.tests.addresses.ActingMiddleware",
    ]
    options = {
        **settings.TEMPLATES[0]["OPTIONS"],
        "context_processors": ["django.template.context_processors.request", "django.contrib.messages.context_processors.messages"],
        "loaders": [
            ("django.template.loaders.locmem.Loader", {"portal/base.html": BASE, "panel.html": "<b>{{ word }}</b>"}),
            "django.template.loaders.app_directories.Loader",
        ],
    }
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "APP_DIRS": False, "OPTIONS": options}]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}},
    }

    def sign_in(actor, language="zh-hans") -> Client:
        ActingMiddleware.actor = actor
        client = Client()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    yield sign_in
    ActingMiddleware.actor = None


@pytest.fixture
def case(everybody):
    return begin(everybody.applicant)


def item_of(case: Case, element: str = "examine") -> WorkItem:
    return case.work_items.get(element=element)


def text(answer) -> str:
    return answer.content.decode()


def data(answer, key: str):
    """What stands in the page for its drawings."""
    return json.loads(text(answer).partition(f'<script id="{key}" type="application/json">')[2].partition("</script>")[0])


# --- who sees what -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["stranger", "elsewhere"])
@pytest.mark.parametrize("path", ["", "/diagram.xml", "/proof.json"])
def test_another_persons_number_in_the_address_is_unknown(site, everybody, case, who, path):
    assert site(getattr(everybody, who)).get(f"/cases/{case.number}{path}").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "elsewhere"])
@pytest.mark.parametrize("verb", ["withdraw", "suspend", "resume", "migrate", "applicant"])
def test_nor_can_a_stranger_do_anything_to_it(site, everybody, case, who, verb):
    assert site(getattr(everybody, who)).post(f"/cases/{case.number}/{verb}", {"sure": "1", "reason": "x"}).status_code == 404
    assert Case.objects.get(pk=case.pk).status == "open"


@pytest.mark.parametrize("who", ["stranger", "elsewhere", "applicant"])
def test_a_desks_task_is_unknown_to_those_it_is_not_for(site, everybody, case, who):
    client = site(getattr(everybody, who))
    assert client.get(f"/tasks/{item_of(case).pk}").status_code == 404
    for verb in ("claim", "release", "reassign", "extend", "complete", "check"):
        assert client.post(f"/tasks/{item_of(case).pk}/{verb}", {"decision": "pass"}).status_code == 404
    assert item_of(case).status == "open"


@pytest.mark.parametrize("path", ["/cases", "/cases.csv", "/workbench", "/cases/x", "/tasks/1"])
def test_nobody_is_led_to_the_sign_in_page(site, db, path):
    answer = site(None).get(path)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in")


def test_the_list_and_the_policy_say_the_same(everybody, case):
    begin(everybody.stranger, "二号申请")
    agent = replace(everybody.stranger, principals=frozenset({(everybody.applicant.party_id, "test_service")}))
    other = replace(everybody.stranger, principals=frozenset({(everybody.applicant.party_id, "other_service")}))
    for actor in (*vars(everybody).values(), agent, other):
        allowed = {one.pk for one in Case.objects.all() if may_see_case(actor, one)}
        assert set(visible_cases(actor).values_list("pk", flat=True)) == allowed
    assert visible_cases(agent).count() == 2
    assert visible_cases(other).count() == 1


def test_an_officer_sees_a_masked_name_and_a_look_in_full_is_recorded(site, everybody, case, monkeypatch):
    client = site(everybody.clerk)
    page = text(client.get(f"/cases/{case.number}"))
    assert "王*明" in page
    assert "王小明" not in page
    assert client.post(f"/cases/{case.number}/applicant").status_code == 403
    assert not AccessRecord.objects.exists()
    monkeypatch.setattr("zimao.kernel.parties.policies.registered_roles", lambda: {"test_service.clerk": type("R", (), {"reveals": True})})
    assert "王小明" in text(client.post(f"/cases/{case.number}/applicant"))
    assert set(AccessRecord.objects.values_list("field", flat=True)) == {"name", "identifier", "phone"}
    assert "王小明" in text(site(everybody.applicant).get(f"/cases/{case.number}"))


def test_findings_are_for_officers(site, everybody, case):
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "pass", "findings": "内部意见"})
    assert "内部意见" in text(site(everybody.approver).get(f"/tasks/{item_of(case, 'approve').pk}"))
    assert "内部意见" not in text(site(everybody.applicant).get(f"/cases/{case.number}"))


# --- lists -------------------------------------------------------------------------------------------------------------


def test_the_list_searches_filters_and_says_what_it_is_for(site, everybody, case):
    second = begin(everybody.applicant, "海豚二号")
    client = site(everybody.applicant)
    assert case.number in text(client.get("/cases"))
    found = text(client.get("/cases", {"q": "海豚"}))
    assert second.number in found
    assert case.number not in found
    assert "没有符合条件的办件" in text(client.get("/cases", {"q": "海豚", "status": "completed"}))
    assert "还没有办件" in text(site(everybody.stranger).get("/cases"))
    assert "No cases yet" in text(site(everybody.stranger, "en").get("/cases"))


def test_pages_of_a_long_list_keep_the_search(site, everybody):
    for number in range(27):
        begin(everybody.applicant, f"第{number}号")
    page = text(site(everybody.applicant).get("/cases", {"q": "号", "page": "2"}))
    assert "第2页，共2页" in page
    assert "q=%E5%8F%B7&amp;page=1" in page or "page=1&amp;q=%E5%8F%B7" in page


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing(site, everybody, case):
    begin(everybody.applicant, '=HYPERLINK("http://x","点我")')
    answer = site(everybody.applicant).get("/cases.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][0] == "办件编号"
    assert [row[0] for row in rows[1:]] == list(find_cases(everybody.applicant).values_list("number", flat=True))
    assert rows[1][2].startswith("'=")
    assert rows[2][5] == "2024-05-06 09:00"
    assert len(list(csv.reader(io.StringIO(site(everybody.stranger).get("/cases.csv").content.decode("utf-8-sig"))))) == 1


def test_a_hostile_title_is_text_everywhere(site, everybody):
    hostile = begin(everybody.applicant, '<script>alert("x")</script>')
    client = site(everybody.supervisor)
    pages = ["/cases", "/workbench", "/workbench/rows", f"/cases/{hostile.number}", f"/tasks/{item_of(hostile).pk}"]
    for page in map(text, map(client.get, pages)):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


# --- workbench -----------------------------------------------------------------------------------------------------------


def test_the_workbench_puts_what_is_overdue_first(site, everybody, case):
    WorkItem.objects.filter(case=case).update(due_on="2999-01-01")
    late = begin(everybody.applicant, "迟到的")
    page = text(site(everybody.clerk).get("/workbench"))
    assert page.index(late.number) < page.index("之后到期") < page.index(case.number)
    assert "个工作日" in page
    assert f"/tasks/{item_of(late).pk}" in page


@pytest.mark.parametrize(
    ("query", "shown"), [({}, 2), ({"mine": "1"}, 1), ({"unassigned": "1"}, 1), ({"overdue": "1"}, 1), ({"q": "二号"}, 1)]
)
def test_the_workbench_filters(site, everybody, case, query, shown):
    second = begin(everybody.applicant, "二号申请")
    claim_task(Act(everybody.clerk, AT), item_id=item_of(case).pk)
    WorkItem.objects.filter(case=second).update(due_on="2999-01-01")
    page = text(site(everybody.clerk).get("/workbench/rows", query))
    assert page.count("data-task") == shown
    assert "<title>" not in page


def test_each_sees_the_work_of_his_desks_and_a_supervisor_of_all(everybody, case):
    seen = {name: bench(actor, BenchFilter()).count() for name, actor in vars(everybody).items()}
    assert seen == {"applicant": 0, "stranger": 0, "clerk": 1, "colleague": 1, "approver": 0, "supervisor": 1, "elsewhere": 0}


def test_an_agent_has_the_work_of_the_services_of_the_mandate_only(everybody, case):
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "ask"})
    for service, count in (("test_service", 1), ("other_service", 0)):
        agent = replace(everybody.stranger, principals=frozenset({(everybody.applicant.party_id, service)}))
        assert bench(agent, BenchFilter()).count() == count
    assert bench(everybody.applicant, BenchFilter()).count() == 1


def test_what_happens_by_itself_is_nobodys_deed(site, everybody, case):
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "pass"})
    lines = (
        text(site(everybody.approver).get(f"/cases/{case.number}")).partition('class="timeline"')[2].partition("</ol>")[0].split("</li>")
    )
    by = {words: next(line for line in lines if words in line) for words in ("完成“审查”：通过", "到达“审批”")}
    assert "李受理" in by["完成“审查”：通过"]
    assert "李受理" not in by["到达“审批”"]


def test_taking_a_task_comes_back_to_the_same_filters(site, everybody, case):
    item = item_of(case)
    answer = site(everybody.clerk).post(f"/tasks/{item.pk}/claim", {"next": f"/workbench?mine=1#task-{item.pk}"})
    assert answer.headers["Location"] == f"/workbench?mine=1#task-{item.pk}"
    assert item_of(case).assigned_to_id == everybody.clerk.user_id
    elsewhere = site(everybody.clerk).post(f"/tasks/{item.pk}/release", {"next": "https://evil.example/"})
    assert elsewhere.headers["Location"] == f"/tasks/{item.pk}"
    assert item_of(case).assigned_to_id is None


# --- one task --------------------------------------------------------------------------------------------------------------


def test_a_refused_form_keeps_what_was_typed(site, everybody, case):
    answer = site(everybody.clerk).post(f"/tasks/{item_of(case).pk}/complete", {"decision": "pass", "findings": "长" * 201})
    page = text(answer)
    assert answer.status_code == 422
    assert "最多 200 个字" in page
    assert "长" * 201 in page
    assert 'value="pass"' in page
    assert "checked" in page
    assert item_of(case).status == "open"
    by_service = site(everybody.clerk).post(f"/tasks/{item_of(case).pk}/complete", {"decision": "fail", "findings": ""})
    assert by_service.status_code == 422
    assert "不通过时请说明理由" in text(by_service)


def test_completing_leads_to_the_next_task_of_the_desk(site, everybody, case):
    second = begin(everybody.applicant, "二号申请", AT + timedelta(days=1))
    client = site(everybody.clerk)
    answer = client.post(f"/tasks/{item_of(case).pk}/complete", {"decision": "pass", "findings": "", "then": "next", "_key": "k1"})
    assert answer.headers["Location"] == f"/tasks/{item_of(second).pk}"
    assert "“审查”已办结" in text(client.get(answer.headers["Location"]))
    last = client.post(f"/tasks/{item_of(second).pk}/complete", {"decision": "pass", "findings": "", "then": "next", "_key": "k2"})
    assert last.headers["Location"] == "/workbench"
    assert "没有下一件了" in text(client.get("/workbench"))


def test_sending_the_same_form_twice_does_it_once(site, everybody, case):
    client = site(everybody.clerk)
    sent = {"decision": "pass", "findings": "", "_key": "same"}
    first, again = (client.post(f"/tasks/{item_of(case).pk}/complete", sent) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert case.events.filter(type="task.completed").count() == 1


@pytest.mark.parametrize("sent", [{"decision": "fail", "findings": "我的意见"}, {"decision": "", "findings": "我的意见"}])
def test_who_comes_second_is_told_who_was_first_and_loses_no_word(site, everybody, case, sent):
    complete_task(Act(everybody.colleague, AT), item_id=item_of(case).pk, values={"decision": "pass"})
    answer = site(everybody.clerk).post(f"/tasks/{item_of(case).pk}/complete", sent)
    page = text(answer)
    assert answer.status_code == 409
    assert "赵同事已办结该任务：通过。" in page
    assert f"/cases/{case.number}" in page
    assert "我的意见" in page
    assert item_of(case).decision == "pass"


def test_a_task_that_somebody_holds_cannot_be_done_by_another(site, everybody, case):
    claim_task(Act(everybody.colleague, AT), item_id=item_of(case).pk)
    client = site(everybody.clerk)
    assert 'id="complete"' not in text(client.get(f"/tasks/{item_of(case).pk}"))
    answer = client.post(f"/tasks/{item_of(case).pk}/complete", {"decision": "pass"})
    assert answer.status_code == 409
    assert "该任务由赵同事领取" in text(answer)
    assert client.post(f"/tasks/{item_of(case).pk}/claim").status_code == 409
    assert next_item(everybody.clerk, item_of(begin(everybody.applicant, "二号"))) is None


def test_a_supervisor_reassigns_and_extends_with_a_reason(site, everybody, case):
    client, pk = site(everybody.supervisor), item_of(case).pk
    assert 'id="complete"' not in text(client.get(f"/tasks/{pk}"))
    refused = client.post(f"/tasks/{pk}/reassign", {"user": str(everybody.colleague.user_id), "reason": " "})
    assert refused.status_code == 422
    assert "请填写改派理由" in text(refused)
    outsider = client.post(f"/tasks/{pk}/reassign", {"user": str(everybody.elsewhere.user_id), "reason": "x"})
    assert outsider.status_code == 422
    assert client.post(f"/tasks/{pk}/reassign", {"user": str(everybody.colleague.user_id), "reason": "请假"}).status_code == 302
    assert item_of(case).assigned_to_id == everybody.colleague.user_id
    due = item_of(case).due_on
    for days in ("", "abc", "99999", "11", "-1"):
        assert client.post(f"/tasks/{pk}/extend", {"days": days, "reason": "案情复杂"}).status_code == 422
    assert client.post(f"/tasks/{pk}/extend", {"days": "2", "reason": "案情复杂"}).status_code == 302
    assert item_of(case).due_on > due
    assert "案情复杂" in text(client.get(f"/cases/{case.number}"))


@pytest.mark.parametrize("verb", ["reassign", "extend"])
def test_only_a_supervisor_reassigns_and_extends(site, everybody, case, verb):
    answer = site(everybody.clerk).post(f"/tasks/{item_of(case).pk}/{verb}", {"user": "", "days": "1", "reason": "x"})
    assert answer.status_code == 403


def test_the_applicant_answers_on_the_same_page(site, everybody, case):
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "ask"})
    pk = item_of(case, "answer").pk
    client = site(everybody.applicant)
    assert 'name="answer"' in text(client.get(f"/tasks/{pk}"))
    answer = client.post(f"/tasks/{pk}/complete", {"answer": "已说明"})
    assert answer.headers["Location"] == f"/cases/{case.number}"
    assert "申请方" in text(client.get(f"/cases/{case.number}"))


def test_one_field_is_checked_while_the_form_is_filled_in(site, everybody, case):
    answer = site(everybody.clerk).post(f"/tasks/{item_of(case).pk}/check?_field=findings", {"decision": "pass", "findings": "长" * 201})
    assert "最多 200 个字" in text(answer)


# --- one case ----------------------------------------------------------------------------------------------------------------


def test_the_case_page_has_every_section_in_both_languages(site, everybody, case):
    for language, words in (
        ("zh-hans", ("提交申请", "到达“审查”", "承诺6个工作日", "受理岗")),
        ("en", ("Application submitted", "“Examine” begins", "6 working days are promised", "Clerk")),
    ):
        page = text(site(everybody.applicant, language).get(f"/cases/{case.number}"))
        assert all(word in page for word in words)
        for section in ("progress", "diagram", "gantt", "timeline", "tasks", "materials", "deadlines", "evidence", "actions"):
            assert f'id="{section}"' in page


def test_the_proof_of_a_case_verifies_offline_and_names_nobody(site, everybody, case, settings, tmp_path):
    settings.HOME = tmp_path
    client = site(everybody.applicant)
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "pass", "findings": "内部意见"})
    assert "下一个检查点" in text(client.get(f"/cases/{case.number}"))
    evidence.checkpoint(AT)
    assert "下载证明文件" in text(client.get(f"/cases/{case.number}"))
    answer = client.get(f"/cases/{case.number}/proof.json")
    assert evidence.verify_bundle(answer.content, evidence.log_keys()[0]).valid
    assert not evidence.verify_bundle(
        answer.content.replace(b"approve", b"refuse_").replace(b"pass", b"fail"), evidence.log_keys()[0]
    ).valid
    assert "王小明" not in text(answer)
    assert "内部意见" not in text(answer)


def test_withdrawing_needs_a_tick(site, everybody, case):
    client = site(everybody.applicant)
    assert client.post(f"/cases/{case.number}/withdraw", {"reason": "改主意"}).status_code == 422
    assert Case.objects.get(pk=case.pk).status == "open"
    assert client.post(f"/cases/{case.number}/withdraw", {"reason": "改主意", "sure": "1"}).status_code == 302
    assert Case.objects.get(pk=case.pk).status == "withdrawn"
    page = text(client.get(f"/cases/{case.number}"))
    assert "已撤回" in page
    assert 'id="actions"' not in page
    assert client.post(f"/cases/{case.number}/withdraw", {"sure": "1"}).status_code == 409


def test_only_a_supervisor_stops_and_starts_the_clock(site, everybody, case):
    assert site(everybody.clerk).post(f"/cases/{case.number}/suspend", {"kind": "hearing", "reason": "听证"}).status_code == 403
    client = site(everybody.supervisor)
    refused = client.post(f"/cases/{case.number}/suspend", {"kind": "hearing", "reason": ""})
    assert refused.status_code == 422
    assert '<option value="hearing" selected>' in text(refused)
    assert client.post(f"/cases/{case.number}/suspend", {"kind": "hearing", "reason": "举行听证"}).status_code == 302
    page = text(client.get(f"/cases/{case.number}"))
    assert "举行听证" in page
    assert "计时中止" in page
    assert client.post(f"/cases/{case.number}/resume").status_code == 302
    assert Suspension.objects.get(case=case).answered_on is not None


def test_a_migration_shows_what_would_change_before_it_is_done(site, everybody, case, process):
    fresh = _BODY.replace(
        '<sequenceFlow id="f7" sourceRef="approve" targetRef="end"/>',
        '<sequenceFlow id="f7" sourceRef="approve" targetRef="file_it"/><userTask id="file_it" name="归档" zimao:en="File"/>'
        '<sequenceFlow id="f8" sourceRef="file_it" targetRef="end"/>',
    )
    write_version(process.folder, 2, fresh)
    begin(everybody.stranger)
    assert ProcessRelease.objects.filter(key=KEY).count() == 2
    client = site(everybody.supervisor)
    page = text(client.get(f"/cases/{case.number}", {"migrate": "2"}))
    assert "归档" in page
    assert client.post(f"/cases/{case.number}/migrate", {"version": "2", "reason": ""}).status_code == 422
    assert client.post(f"/cases/{case.number}/migrate", {"version": "9", "reason": "x"}).status_code == 422
    assert client.post(f"/cases/{case.number}/migrate", {"version": "2", "reason": "新规"}).status_code == 302
    assert Case.objects.get(pk=case.pk).process_version == 2
    assert "由第1版迁移至第2版" in text(client.get(f"/cases/{case.number}"))


def test_a_service_adds_panels_and_words(site, everybody, case, monkeypatch):
    for registry in ("_CASE", "_TASK", "_WORDS"):
        monkeypatch.setattr(panels, registry, {})
    panels.register_case_panel("test_service", lambda found, actor: ("panel.html", {"word": f"case {found.number} <i>"}))
    panels.register_task_panel("test_service", lambda item, actor: ("panel.html", {"word": f"task {item.element}"}))
    panels.register_task_panel("test_service", lambda item, actor: None)
    panels.register_words("test_service", panels.ServiceWords({"permit": t("示例许可证", "Sample permit")}))
    client = site(everybody.clerk)
    page = text(client.get(f"/cases/{case.number}"))
    assert f"<b>case {case.number} &lt;i&gt;</b>" in page
    assert "示例许可证" in page
    assert "<b>task examine</b>" in text(client.get(f"/tasks/{item_of(case).pk}"))
    assert "示例许可证" in text(client.get("/workbench"))


@pytest.mark.parametrize("said_by_panel", [True, False])
def test_what_a_panel_says_of_the_tracks_is_not_said_twice(site, everybody, case, monkeypatch, said_by_panel):
    for registry in ("_CASE", "_TASK", "_WORDS"):
        monkeypatch.setattr(panels, registry, {})
    panels.register_words("test_service", panels.ServiceWords(panel_shows_tracks=said_by_panel))
    client = site(everybody.clerk)
    assert text(client.get(f"/cases/{case.number}")).count('class="case-tracks"') == 1  # no panel, so somebody must say it
    panels.register_case_panel("test_service", lambda found, actor: ("panel.html", {"word": "panel"}))
    page = text(client.get(f"/cases/{case.number}"))
    assert page.count('class="case-tracks"') == (0 if said_by_panel else 1)
    assert page.index("<b>panel</b>") < page.index('id="facts-title"') < page.index('id="diagram"')


# --- diagrams, Gantt, materials ----------------------------------------------------------------------------------------------


def test_the_diagram_is_the_file_that_runs_in_the_readers_language(site, everybody, case, process):
    answer = site(everybody.applicant).get(f"/cases/{case.number}/diagram.xml")
    assert answer.content == (process.folder / f"{KEY}-v1.bpmn").read_bytes()
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert 'name="Examine"' in text(site(everybody.applicant, "en").get(f"/cases/{case.number}/diagram.xml"))


def test_positions_follow_the_case(site, everybody, case):
    client = site(everybody.applicant)
    found = data(client.get(f"/cases/{case.number}"), "positions-data")
    assert found["start"]["state"] == "done"
    assert found["examine"] == {"state": "overdue", "sign": "!", "words": "已逾期"}
    WorkItem.objects.filter(case=case).update(due_on="2999-01-01")
    assert data(client.get(f"/cases/{case.number}"), "positions-data")["examine"]["state"] == "active"
    complete_task(Act(everybody.clerk, AT), item_id=item_of(case).pk, values={"decision": "pass"})
    found = data(client.get(f"/cases/{case.number}"), "positions-data")
    assert (found["examine"]["state"], found["approve"]["state"], "answer" in found) == ("done", "overdue", False)


def test_the_gantt_has_plan_actual_target_and_days_off(site, everybody, case):
    complete_task(Act(everybody.clerk, AT + timedelta(days=2)), item_id=item_of(case).pk, values={"decision": "pass"})
    found = data(site(everybody.applicant).get(f"/cases/{case.number}"), "gantt-data")
    assert [row["name"] for row in found["rows"]] == ["permit"]
    kinds = {(one["name"], one["lane"]): (one["kind"], one["first"], one["last"]) for one in found["bars"]}
    assert kinds["审查", "planned"] == ("planned", "2024-05-06", "2024-05-11")  # a Saturday that is worked
    assert kinds["审查", "actual"] == ("done", "2024-05-06", "2024-05-08")
    assert kinds["审批", "planned"] == ("planned", "2024-05-11", "2024-05-15")
    assert kinds["审批", "actual"][:2] == ("late", "2024-05-08")
    assert (found["first"], found["target"], found["statutory"]) == ("2024-05-06", "2024-05-13", "2024-05-15")
    assert "2024-05-12" in found["free"]
    assert not {"2024-05-11", "2024-05-13"} & set(found["free"])


def test_a_process_shows_its_versions_and_no_file_outside_its_folder(site, everybody, case, process):
    client = site(None)
    page = text(client.get(f"/processes/{KEY}"))
    assert "第1版" in page
    assert "审批" in page
    assert client.get(f"/processes/{KEY}/{KEY}-v1.xml").status_code == 200
    assert client.get("/processes/unknown").status_code == 404
    for name in ("nothing-v1", "..%2Fsecret", "%2e%2e"):
        assert client.get(f"/processes/{KEY}/{name}.xml").status_code == 404


@pytest.fixture
def material(everybody, case, site):
    made = Material.objects.create(
        sha256="ab" * 32, owner_id=everybody.applicant.party_id, kind="id", name='证"件\n.pdf', media_type="application/pdf", size=4,
        uploaded_at=AT, uploaded_by_id=everybody.applicant.user_id,
    )  # fmt: skip
    CaseMaterial.objects.create(case=case, material=made, added_at=AT)
    default_storage.save(storage_path(made.sha256), ContentFile(b"%PDF"))
    return made


def test_a_material_is_a_download_that_runs_nothing(site, everybody, material):
    answer = site(everybody.applicant).get(f"/materials/{material.pk}")
    assert answer.content == b"%PDF"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not AccessRecord.objects.exists()


def test_an_officers_look_at_a_material_is_recorded_and_strangers_get_none(site, everybody, case, material):
    for who in (everybody.stranger, everybody.elsewhere):
        assert site(who).get(f"/materials/{material.pk}").status_code == 404
    assert site(everybody.clerk).get("/materials/999999").status_code == 404
    assert not AccessRecord.objects.exists()
    assert site(everybody.clerk).get(f"/materials/{material.pk}").status_code == 200
    record = AccessRecord.objects.get()
    assert (record.user_id, record.party_id, record.field, record.purpose) == (
        everybody.clerk.user_id,
        everybody.applicant.party_id,
        "material",
        case.number,
    )
