"""What the sample service publishes and reads."""

from marshmallow import fields

from taxkit.contracts import EventSchema, EventType, ReaderSchema


class NotedData(EventSchema):
    note = fields.String(required=True)


class NoteData(ReaderSchema):
    note = fields.String(required=True)


NOTED = EventType("sample", "Noted", NotedData, "An event was noted.", {"note": "a"})
HEARD = EventType(
    "sample", "Heard", NotedData, "Nobody needs to hear it.", {"note": "a"}, mandatory=False
)
