"""The servicers of drawers: tills, sessions and what becomes of them."""

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.corrections_api import CorrectionsServicer
from cashiering_service.sessions_api import SessionsServicer
from millage.cashiering.v1 import corrections_pb2_grpc, sessions_pb2_grpc
from taxkit import rpc


def drawer_servicers(app: CashieringApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            SessionsServicer(app),
            sessions_pb2_grpc.add_SessionsServiceServicer_to_server,
            "millage.cashiering.v1.SessionsService",
        ),
        rpc.Servicer(
            CorrectionsServicer(app),
            corrections_pb2_grpc.add_CorrectionsServiceServicer_to_server,
            "millage.cashiering.v1.CorrectionsService",
        ),
    ]
