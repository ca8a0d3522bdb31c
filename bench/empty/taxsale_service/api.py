"""No RPC but the operators' own."""

from taxkit import rpc
from taxkit.app import App


def servicers(_app: App) -> list[rpc.Servicer]:
    return []
