"""Receivables' reports over gRPC."""

from receivables_service.bootstrap import ReceivablesApp
from receivables_service.reports.reports import reports
from reportkit.api import reports_servicer
from taxkit import rpc


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return reports_servicer(app, reports(app), "receivables.report")
