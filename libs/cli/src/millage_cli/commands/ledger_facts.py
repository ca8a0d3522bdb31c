"""`millage ledger facts`: a bill's facts as a file, for `millage derive`."""

import json
import sys

from millage.receivables.v1 import explain_pb2
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from millage_cli.commands.bills import Bill
from millage_cli.commands.ledger import bill_id_of
from millage_cli.commands.ledger_rates import ledger
from millage_cli.invocation import Invocation, command

__all__ = ["ledger"]


@command(ledger)
def facts(run: Invocation, named: Bill) -> None:
    """Write a bill's facts as JSON: `millage derive` has the same bill from them, by itself."""
    stub = ExplainServiceStub(run.client.channel("receivables"))
    found = stub.WriteFacts(explain_pb2.WriteFactsRequest(bill_id=bill_id_of(run, named)))
    run.out.say(f"the ledger's law is {found.jurisdiction} {found.pack_version}")
    sys.stdout.write(json.dumps(json.loads(found.document), indent=1) + "\n")
