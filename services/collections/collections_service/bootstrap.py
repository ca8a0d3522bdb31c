"""Builds collections' application; knows neither gRPC nor nameko."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from collections_service import codes, events, owners, projections, rulebook, stays
from collections_service.domain.aging import AgingTerms
from collections_service.domain.stages import NoticeTerms
from collections_service.exceptions import gl
from collections_service.exceptions import incoming as exceptions
from collections_service.notices import incoming as notices
from collections_service.notices import rulebook as notice_law
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock
from taxkit.dated import Dated, NoTermInForce
from taxkit.db import Database
from taxkit.errors import Refusal


@dataclass
class CollectionsApp(App):
    law: Dated[date, AgingTerms]
    notices: Dated[date, NoticeTerms]

    def aging_terms(self, as_of: date) -> AgingTerms:
        """The buckets in force on a date; refused where the law on file says nothing."""
        try:
            return self.law.at(as_of)
        except NoTermInForce as error:
            raise Refusal("NO_LAW_IN_FORCE", str(error)) from error

    def notice_terms(self, business_date: date) -> NoticeTerms:
        """The stages in force on a date; refused where the law on file says nothing."""
        try:
            return self.notices.at(business_date)
        except NoTermInForce as error:
            raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


def build(settings: Any, database: Database, clock: Clock) -> CollectionsApp:
    folder = Path(settings.jurisdictions_dir, settings.jurisdiction)
    law, notices = rulebook.load(folder), notice_law.load(folder)
    return CollectionsApp(settings, database, clock, "collections", law=law, notices=notices)


SPEC = ServiceSpec(
    name="collections",
    build=build,
    subscriptions=(
        projections.BALANCE_CHANGED,
        codes.CODE_SETTING_CHANGED,
        codes.BILL_CODE_CHANGED,
        owners.PARTIES_CHANGED,
        *stays.SUBSCRIPTIONS,
        *exceptions.SUBSCRIPTIONS,
        gl.GL_POSTED,
        *notices.SUBSCRIPTIONS,
    ),
    publishes=events.PUBLISHED,
)
