"""Who is told, who sees it, on which channels."""

from datetime import date

import pytest
from django.db import connection, transaction

from zimao.kernel import notices
from zimao.kernel.errors import Missing, NotAllowed, Refused
from zimao.kernel.notices import NoticeTemplate, notify, operations, queries, unread_count
from zimao.kernel.notices.models import Hook, Notice, Reading, Sending
from zimao.kernel.notices.tests.conftest import CORRECTION, VALUES
from zimao.kernel.text import t

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def channels(notice):
    return sorted(notice.sendings.values_list("channel", flat=True))


def test_the_door_holds_what_it_names():
    assert sorted(notices.__all__) == sorted(dir(notices))
    assert all(callable(getattr(notices, name)) for name in notices.__all__)


def test_a_notice_is_in_the_inbox_and_on_its_way(tell, citizen, gateway):
    notice = tell(citizen)
    assert notice.title == t("张三，请补正材料", "张三, please correct your materials")
    assert notice.body.en == "Please correct by 2026-03-09: proof of ownership"
    assert (notice.service, notice.user, notice.party) == ("ship_registry", citizen, citizen.party)
    assert channels(notice) == ["email", "sms"]
    assert unread_count(citizen) == 1


def test_the_same_occasion_is_told_once(tell, citizen):
    assert tell(citizen) == tell(citizen)
    assert (Notice.objects.count(), Sending.objects.count()) == (1, 1)
    tell(citizen, dedupe="correction/2")
    assert Notice.objects.count() == 2


def test_it_goes_to_the_evidence_log_without_its_words(act_as, citizen):
    act = act_as()
    with transaction.atomic():
        notice = notify(act, to=citizen, template=CORRECTION, dedupe="d", values=VALUES, subject="FZ-7")
        notify(act, to=citizen, template=CORRECTION, dedupe="d", values=VALUES, subject="FZ-7")
    [entry] = act.entries
    assert entry.subject == f"notices/{notice.pk}"
    assert entry.data == {"template": "ship_registry.correction", "case": "FZ-7", "channels": ["email"]}
    assert entry.private["title"] == "张三，请补正材料"


def test_the_words_are_encrypted_at_rest(tell, citizen):
    tell(citizen)
    with connection.cursor() as cursor:
        cursor.execute("SELECT title_zh, title_en, body_zh, body_en FROM notices_notice")
        [row] = cursor.fetchall()
    assert not any("张三" in stored or "2026" in stored for stored in row)


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "cases/7"])
def test_a_link_stays_on_this_platform(tell, citizen, link):
    with pytest.raises(ValueError, match="path"):
        tell(citizen, link=link)


@pytest.mark.django_db(transaction=True)
def test_a_notice_needs_a_transaction(act_as, citizen):
    with pytest.raises(RuntimeError, match="transaction"):
        notify(act_as(), to=citizen, template=CORRECTION, dedupe="d", values=VALUES)


def test_a_partys_notice_is_seen_by_its_agent_in_that_service_while_the_mandate_lasts(tell, enterprise, agent, citizen):
    tell(enterprise)
    tell(enterprise, dedupe="tax", template=NoticeTemplate("tax.due", t("应缴税款", "Tax due"), t("请缴款", "Please pay")))
    assert [notice.service for notice in queries.notices_of(agent, DAY)] == ["ship_registry"]
    assert queries.unread_count(agent, date(2027, 1, 1)) == 0
    assert queries.unread_count(citizen, DAY) == 0


def test_an_agent_for_every_service_sees_all(tell, enterprise, agent):
    enterprise.mandates_given.update(service="*")
    tell(enterprise)
    tell(enterprise, dedupe="tax", template=NoticeTemplate("tax.due", t("应缴税款", "Tax due"), t("请缴款", "Please pay")))
    assert queries.unread_count(agent, DAY) == 2


def test_reading_is_each_users_own(tell, enterprise, agent, citizen, act_as):
    citizen.party = enterprise
    citizen.save()
    notice = tell(enterprise)
    operations.mark_read(act_as(agent), notice_id=notice.pk)
    operations.mark_read(act_as(agent), notice_id=notice.pk)
    assert Reading.objects.count() == 1
    assert (queries.unread_count(agent, DAY), queries.unread_count(citizen, DAY)) == (0, 1)
    tell(enterprise, dedupe="2")
    assert operations.mark_all_read(act_as(citizen)) == 2
    assert queries.unread_count(citizen, DAY) == 0


def test_nobody_reads_anothers_notice(tell, citizen, agent, act_as):
    notice = tell(citizen)
    with pytest.raises(Missing):
        operations.mark_read(act_as(agent), notice_id=notice.pk)
    with pytest.raises(NotAllowed):
        operations.mark_read(act_as(agent, roles=()), notice_id=notice.pk)
    with pytest.raises(NotAllowed):
        operations.mark_all_read(act_as(None))


def test_channels_follow_the_users_choice_the_template_and_the_addresses(tell, citizen, act_as, gateway):
    operations.set_preferences(act_as(citizen), wanted=["sms"])
    assert channels(tell(citizen)) == ["sms"]
    operations.set_preferences(act_as(citizen), wanted=[])
    assert channels(tell(citizen, dedupe="2")) == []
    operations.set_preferences(act_as(citizen), wanted=["email", "sms", "webhook"])
    operations.set_hook(act_as(citizen), url="https://hooks.example.cn/")
    assert channels(tell(citizen, dedupe="3")) == ["email", "sms", "webhook"]
    operations.remove_hook(act_as(citizen))
    assert not Hook.objects.exists()
    by_mail = NoticeTemplate("a.b", t("题", "T"), t("文", "B"), channels=("email",))
    assert channels(tell(citizen, dedupe="4", template=by_mail)) == ["email"]
    citizen.party.email = ""
    citizen.party.save()
    assert channels(tell(citizen, dedupe="5", template=by_mail)) == []
    with pytest.raises(Refused):
        operations.set_preferences(act_as(citizen), wanted=["pigeon"])


def test_a_partys_channel_is_used_while_one_of_its_users_wants_it(tell, enterprise, citizen, agent, act_as):
    for user in (citizen, agent):
        user.party = enterprise
        user.save()
    operations.set_preferences(act_as(citizen), wanted=[])
    assert channels(tell(enterprise)) == ["email"]
    operations.set_preferences(act_as(agent), wanted=[])
    assert channels(tell(enterprise, dedupe="2")) == []


@pytest.mark.parametrize("url", ["http://hooks.example.cn/", "ftp://x", "https://" + "x" * 500])
def test_hooks_that_are_refused(url, citizen, act_as):
    with pytest.raises(Refused):
        operations.set_hook(act_as(citizen), url=url)
