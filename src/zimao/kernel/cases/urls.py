"""Addresses of cases, tasks, processes and materials; mounted at the root."""

from __future__ import annotations

from django.urls import path

from zimao.kernel.cases.pages import case, diagrams, lists, materials, task, workbench

app_name = "cases"
urlpatterns = [
    path("cases", lists.cases, name="cases"),
    path("cases.csv", lists.export, name="export"),
    path("cases/<str:number>", case.case, name="case"),
    path("cases/<str:number>/diagram.xml", diagrams.case_diagram, name="diagram"),
    path("cases/<str:number>/proof.json", case.proof, name="proof"),
    path("cases/<str:number>/applicant", case.show_applicant, name="show_applicant"),
    path("cases/<str:number>/<str:verb>", case.change, name="change_case"),
    path("workbench", workbench.workbench, name="workbench"),
    path("workbench/rows", workbench.rows, name="workbench_rows"),
    path("tasks/<int:pk>", task.task, name="task"),
    path("tasks/<int:pk>/complete", task.complete, name="complete"),
    path("tasks/<int:pk>/check", task.check, name="check"),
    path("tasks/<int:pk>/<str:verb>", task.change, name="change_task"),
    path("processes/<str:key>", diagrams.process_page, name="process"),
    path("processes/<str:key>/<str:name>.xml", diagrams.process_diagram, name="process_diagram"),
    path("materials/<int:pk>", materials.material, name="material"),
]
