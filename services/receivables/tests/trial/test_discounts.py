"""Discounts, each method asked in every wrong way, in a county that offers them."""

import shutil
from pathlib import Path

import pytest

from millage.receivables.v1 import discounts_pb2 as pb
from taxkit.trial import Case, Suite

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
LAW = """
discounts:
  keyed_by: tax_year
  terms:
    - from: 2015
      citation: "The ordinance of a county that is nowhere"
      certainty: house rule
      programs:
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          approval: always
          automatic: false
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 2, day: 28, years_after: 1}
        - code: plain
          name: Plainly
          discount_type: promotional
          gl_account: "4192-PLAIN"
          automatic: false
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 2, day: 28, years_after: 1}
"""
WHOLE = 171_000


class TestDiscounts(Suite):
    service = "millage.receivables.v1.DiscountsService"

    @pytest.fixture
    def jurisdictions(self, tmp_path) -> str:
        shutil.copytree(JURISDICTIONS / "us-il-cook", tmp_path / "us-il-cook")
        (tmp_path / "us-il-cook" / "discounts.yaml").write_text(LAW, "utf-8")
        return str(tmp_path)

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        paid = self._wish(stage, "early")
        span = {"from_on": "2022-01-01", "to_on": "2022-03-31"}
        return {
            **self._granted(stage),
            "ListPrograms": Case(lambda: pb.ListProgramsRequest(tax_year=2021, on="2022-02-01")),
            "Evaluate": Case(
                lambda: pb.EvaluateRequest(bill_id=paid.bill_id, receipt_id=paid.receipt_id),
                writes=True,
                always_possible="what is thought of is no change; that it was asked is kept",
            ),
            "FileProof": Case(
                lambda: pb.FileProofRequest(
                    parcel_number="1", kind="age", reference="ID 1", valid_from="2020-01-01"
                ),
                always_possible="a person may bring as many proofs as they like",
            ),
            "GetDiscountHistory": Case(
                lambda: pb.GetDiscountHistoryRequest(parcel_number="13264290020000")
            ),
            "ListQualifying": Case(lambda: pb.ListQualifyingRequest(**span)),
            "RunDiscounts": Case(
                lambda: pb.RunDiscountsRequest(**span),
                always_possible="a run that finds nothing is a run, too",
            ),
        }

    def _granted(self, stage) -> dict[str, Case]:
        def decide() -> pb.DecideDiscountRequest:
            answer = stage.do(self._wish(stage, "early"), user="someone else")
            return pb.DecideDiscountRequest(request_id=answer.request_id, grant=True, note="seen")

        def reverse() -> pb.ReverseDiscountRequest:
            asked = stage.done(self._wish(stage, "plain"))
            return pb.ReverseDiscountRequest(
                bill_id=asked.bill_id, receipt_id=asked.receipt_id, program="plain", reason="wrong"
            )

        return {
            "RequestDiscount": Case(
                lambda: self._wish(stage, "early"),
                refused_when={
                    "DISCOUNT_PENDING": lambda: stage.done(self._wish(stage, "early")),
                    "DISCOUNT_GRANTED": lambda: stage.done(self._wish(stage, "plain")),
                },
            ),
            "DecideDiscount": Case(
                decide, refused_when={"DISCOUNT_DECIDED": lambda: stage.done(decide())}
            ),
            "ReverseDiscount": Case(
                reverse, refused_when={"DISCOUNT_NOT_FOUND": lambda: stage.done(reverse())}
            ),
        }

    def _wish(self, stage, program: str) -> pb.RequestDiscountRequest:
        """Ask for a program on a bill that was paid with its discount."""
        bill_id = stage.bill()
        return pb.RequestDiscountRequest(
            bill_id=bill_id,
            receipt_id=stage.receipt(bill_id, WHOLE),
            program=program,
            reason="asked",
        )
