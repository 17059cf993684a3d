"""A page with a form, and what a browser would send from it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import QueryDict
from django.template import Context, Template
from lxml import html

PAGE = "{% load forms %}<form>{% form_problems bound %}{% form_fields bound check=check %}</form>"


def rendered(bound, check="", page=PAGE, **more):
    """The page as a tree, without what is inside ``template``: a browser does not count that as content."""
    tree = html.fromstring(Template(page).render(Context({"bound": bound, "check": check, **more})))
    for pattern in tree.xpath("//template"):
        pattern.drop_tree()
    return tree


def sent(form, **changed):
    """What the form sends when it is submitted as it stands; ``changed`` replaces values by name, written with __ for a dot."""
    pairs = [(name, value) for name, value in _pairs(form) if name.replace(".", "__") not in changed]
    pairs += [(name.replace("__", "."), value) for name, value in changed.items()]
    return QueryDict(urlencode(pairs))


def _pairs(form):
    for control in form.xpath(".//input[@name] | .//textarea[@name] | .//select[@name]"):
        name = control.get("name")
        if control.tag == "textarea":
            yield name, (control.text or "").removeprefix("\n").replace("\n", "\r\n")
        elif control.tag == "select":
            chosen = control.xpath("./option[@selected]") or control.xpath("./option")
            yield name, chosen[0].get("value")
        elif control.get("type") not in {"radio", "checkbox"} or control.get("checked") is not None:
            yield name, control.get("value", "")
