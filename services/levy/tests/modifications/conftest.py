"""A parcel taxed at one percent, 1,000.00 in two halves, and the calls of a modification."""

import itertools
from typing import Any
from uuid import UUID

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import modifications_pb2 as pb
from millage.levy.v1 import modifications_pb2_grpc as stubs
from taxkit import testing

OWNER = "Imogen Vale"


def rate(agency_code: str, percent: str) -> levy_pb2.LoadRollRequest:
    return levy_pb2.LoadRollRequest(
        rate=levy_pb2.AgencyRate(
            tax_code="71163", agency_code=agency_code, agency_name=agency_code,
            rate_percent=percent,
        )
    )  # fmt: skip


def parcel_of(number: str, owner: str, **changes: Any) -> levy_pb2.LoadRollRequest:
    return levy_pb2.LoadRollRequest(
        parcel=levy_pb2.Parcel(
            **{
                "parcel_number": number,
                "tax_code": "71163",
                "property_class": "211",
                "township": "71",
                "value_dollars": 100_000,
                "net_value_dollars": 100_000,
                "owner_name": owner,
                # 55 % of it are the 500.00 of the first half.
                "prior_year_total_cents": 90_909,
                **changes,
            }
        )
    )


class Modifications:
    """Drafts through the public API; every call under a key of its own."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = stubs.ModificationServiceStub(channel)
        self._keys = keys
        self._sent = 0

    def call(self, method: str, request: Any, *rights: str, user: str = "assessor") -> Any:
        if hasattr(request, "idempotency_key") and not request.idempotency_key:
            self._sent += 1
            request.idempotency_key = f"call {self._sent}"
        token = self._keys.token(*(rights or ("levy.*",)), user=user)
        metadata = testing.bearer(token)
        return getattr(self._stub, method)(request, metadata=metadata, timeout=60)

    def open(self, option: str, **asked: Any) -> pb.Modification:
        wanted = {
            "bills": pb.ModifiableBills(taxpayer=OWNER),
            "purpose": "exemption",
            "reason": "board of review",
            "batch": "B-7",
            **asked,
        }
        return self.call("OpenModification", pb.OpenModificationRequest(option=option, **wanted))

    def edit(self, draft: pb.Modification, bill_id: str = "", **edit: Any) -> pb.Modification:
        bill_id = bill_id or draft.modified[0].bill_id
        asked = pb.EditModificationRequest(
            modification_id=draft.modification_id,
            expected_revision=draft.revision,
            edits=[pb.ModificationEdit(bill_id=bill_id, **edit)],
        )
        return self.call("EditModification", asked)

    def finish(self, draft: pb.Modification) -> pb.Modification:
        asked = pb.FinishModificationRequest(
            modification_id=draft.modification_id, expected_revision=draft.revision
        )
        return self.call("FinishModification", asked)

    def roll_back(self, draft: pb.Modification) -> pb.Modification:
        asked = pb.RollBackModificationRequest(
            modification_id=draft.modification_id, expected_revision=draft.revision
        )
        return self.call("RollBackModification", asked)

    def drop(self, draft: pb.Modification) -> pb.Modification:
        asked = pb.DropModificationRequest(modification_id=draft.modification_id)
        return self.call("DropModification", asked)

    def get(self, draft: pb.Modification) -> pb.Modification:
        asked = pb.GetModificationRequest(modification_id=draft.modification_id)
        return self.call("GetModification", asked)


@pytest.fixture
def modifications(channel, keys) -> Modifications:
    return Modifications(channel, keys)


@pytest.fixture
def issue(levy, roll):
    """Issue the bills of one parcel's year."""
    keys = itertools.count()

    def make(number: str, owner: str = OWNER, tax_year: int = 2021, **parcel: Any) -> list[str]:
        rates = [rate("010010000", "0.600"), rate("030210000", "0.400")]
        if "frozen_value_dollars" in parcel:
            rates.append(rate("030210610", "0.000"))
        header = roll.header(tax_year, f"roll {next(keys)}")
        return list(levy.load([header, *rates, parcel_of(number, owner, **parcel)]).bill_ids)

    return make


@pytest.fixture
def bill(issue, told) -> str:
    """AC-19's bill: taxable 100,000 at one percent, nothing paid."""
    (bill_id,) = issue("13264290020000")
    told(bill_id, [(50_000, 0), (50_000, 0)])
    return bill_id


@pytest.fixture
def code(app):
    """Let receivables tell of a code."""

    def tell(name: str) -> None:
        setting = {"code": name, "version": 1, "effective_on": "2020-01-01", "switches": []}
        event = "org.millage.receivables.CodeSettingChanged.v1"
        body = testing.foreign_event(event, f"code/{name}", setting)
        app.consumer.absorb("on_code_setting_changed", [body])

    return tell


@pytest.fixture
def told(app, balance):
    """Let receivables tell of a bill: per installment (tax charged, tax paid)."""
    sequences: dict[str, int] = {}

    def tell(
        bill_id: str,
        parts: list[tuple[int, int]],
        *,
        version: int = 1,
        interest: int = 0,
        fees: tuple[tuple[str, int, int], ...] = (),
    ) -> None:
        sequences[bill_id] = sequences.get(bill_id, 0) + 1
        installments = [
            {
                "installment": number,
                "due_on": ["2022-03-01", "2022-12-30"][number - 1],
                "tax_charged_cents": charged,
                "tax_open_cents": charged - paid,
                "interest_charged_cents": interest,
                "interest_open_cents": interest,
                "paid_cents": paid,
            }
            for number, (charged, paid) in enumerate(parts, 1)
        ]
        still_open = sum(charged - paid + interest for charged, paid in parts)
        body = balance(
            UUID(bill_id), sequences[bill_id], still_open, bill_version=version,
            installments=installments,
            fees=[
                {"charge_code": code, "charged_cents": charged, "open_cents": charged - paid}
                | ({"miscellaneous": True} if code == "MISC" else {})
                for code, charged, paid in fees
            ],
        )  # fmt: skip
        app.consumer.absorb("on_balance_changed", [body])

    return tell


@pytest.fixture
def refused():
    """The reason a call is refused for."""

    def ask(call: Any, *asked: Any, **more: Any) -> str:
        with pytest.raises(grpc.RpcError) as refusal:
            call(*asked, **more)
        return testing.reason_of(refusal.value)

    return ask


@pytest.fixture
def events(app):
    """The data of every event of a name that was told."""

    def of(name: str) -> list[dict]:
        wanted = f"org.millage.levy.{name}.v1"
        return [each["data"] for each in testing.emitted(app) if each["type"] == wanted]

    return of
