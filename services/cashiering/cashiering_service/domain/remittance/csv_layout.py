"""The county's own comma-separated layout, which is there before any other is set up.

    bill_reference,amount,paid_on,received_on,check_number,payer_name
    1326429002000020217,4964.28,2022-02-25,2022-02-28,1001,Tamsin Kowalczyk-Reyes
    TRAILER,1,4964.28

Columns may stand in any order and others may be among them. A line is a payment: quoted line
breaks are refused.
"""

from cashiering_service.domain.remittance.layout_document import (
    Control,
    Form,
    LayoutDocument,
    LayoutField,
    Marks,
    Place,
)

COLUMNS = ("bill_reference", "amount", "paid_on", "received_on", "check_number", "payer_name")
TRAILER_MARK = "TRAILER"

CSV = LayoutDocument(
    name="csv",
    source="csv",
    form=Form.DELIMITED,
    fields=tuple(LayoutField(name, Place(column=name), required=False) for name in COLUMNS),
    headings=True,
    marks=Marks(Place(position=1), trailer=TRAILER_MARK),
    control=Control(Place(position=2), Place(position=3)),
)
