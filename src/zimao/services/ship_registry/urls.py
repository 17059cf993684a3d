"""Addresses of the service."""

from django.urls import path

from zimao.services.ship_registry.pages import application, exchange, materials, rooms, start

urlpatterns = [
    path("ships/start", start.start, name="ships-start"),
    path("ships/application.xlsx", exchange.template, name="ships-template"),
    path("ships/new", start.begin, name="ships-new"),
    path("ships/certificate-room", rooms.certificate_room, name="ships-room"),
    path("ships/certificate-room/hand-over", rooms.collect, name="ships-hand-over"),
    path("ships/desks", rooms.desks, name="ships-desks"),
    path("ships/register", rooms.ship_register, name="ships-register"),
    path("ships/<str:number>", application.show, name="ships-show"),
    path("ships/<str:number>/files", exchange.files, name="ships-files"),
    path("ships/<str:number>/application.xlsx", exchange.workbook, name="ships-workbook"),
    path("ships/<str:number>/name", rooms.name, name="ships-name"),
    path("ships/<str:number>/label", rooms.label, name="ships-label"),
    path("ships/<str:number>/check", application.check_field, name="ships-check"),
    path("ships/<str:number>/materials", materials.materials, name="ships-materials"),
    path("ships/<str:number>/review", application.review, name="ships-review"),
    path("ships/<str:number>/edit/<str:section>", application.edit, name="ships-edit"),
]
