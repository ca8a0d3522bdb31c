"""Every question about letters, and every way to set one off, asked in every wrong way."""

from uuid import UUID

import pytest

from millage.collections.v1 import notices_pb2 as pb
from millage.collections.v1 import notices_pb2_grpc as stubs
from taxkit import ids, testing
from taxkit import trial as trials


class TestNotices(trials.Suite):
    service = "millage.collections.v1.NoticeService"

    @pytest.fixture
    def cases(self, app, balance, trial) -> dict[str, trials.Case]:
        stub = stubs.NoticeServiceStub(trial.channel)
        bearer = testing.bearer(
            trial.keys.token("collections.notice", "collections.notice.commit", user="ana")
        )
        owed = balance(UUID(int=1), 1, [("2022-03-01", 5_000)])
        app.consumer.absorb("on_balance_changed", [owed])

        def preview() -> pb.PreviewNoticeRunRequest:
            return pb.PreviewNoticeRunRequest(
                stage="first", tax_year=2021, buckets=["over-90"], least_cents=1
            )

        def previewed(*, empty: bool = False) -> pb.CommitNoticeRunRequest:
            nothing = pb.PreviewNoticeRunRequest(stage="first", tax_year=1999)
            asked = nothing if empty else preview()
            asked.idempotency_key = str(ids.new_id())
            run = stub.PreviewNoticeRun(asked, metadata=bearer)
            return pb.CommitNoticeRunRequest(run_id=run.run_id)

        def committed() -> pb.CommitNoticeRunRequest:
            request = previewed()
            key = str(ids.new_id())
            keyed = pb.CommitNoticeRunRequest(idempotency_key=key, run_id=request.run_id)
            stub.CommitNoticeRun(keyed, metadata=bearer)
            return request

        return {
            "PreviewNoticeRun": trials.Case(
                preview, always_possible="a preview of nothing is kept as one of nothing"
            ),
            "CommitNoticeRun": trials.Case(
                previewed,
                refused_when={
                    "NOTICE_RUN_COMMITTED": committed,
                    "NOTICE_RUN_EMPTY": lambda: previewed(empty=True),
                },
            ),
            **_questions(previewed().run_id),
        }


def _questions(run_id: str) -> dict[str, trials.Case]:
    return {
        "GetNoticeRun": trials.Case(lambda: pb.GetNoticeRunRequest(run_id=run_id)),
        "ListNoticeRuns": trials.Case(lambda: pb.ListNoticeRunsRequest(page_size=5)),
        "ListNoticeRunBills": trials.Case(
            lambda: pb.ListNoticeRunBillsRequest(run_id=run_id, page_size=5)
        ),
        "ListBillNotices": trials.Case(lambda: pb.ListBillNoticesRequest(bill_id=str(UUID(int=1)))),
    }
