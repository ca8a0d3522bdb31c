"""What cashiering is told beyond what every service is."""

import environ

from taxkit.config import Settings


@environ.config(prefix="MILLAGE", frozen=True)
class CashieringSettings(Settings):
    receivables_addr: str = environ.var("", help="receivables' gRPC address, for quotes")
    receivables_ca_file: str = environ.var("", help="its certificate authority, when it has TLS")
    quote_timeout_ms: int = environ.var(1500, converter=int)
    import_batch: int = environ.var(1000, converter=int)
