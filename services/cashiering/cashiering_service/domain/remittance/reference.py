"""The number printed on a payment coupon: parcel, tax year and a check digit."""

from dataclasses import dataclass

from stdnum import luhn

from cashiering_service.domain.remittance.records import LineProblem

YEAR_DIGITS = 4


@dataclass(frozen=True, slots=True)
class BillReference:
    """A bill by its parcel and year; no year where none is named."""

    parcel_number: str
    tax_year: int | None


@dataclass(frozen=True, slots=True)
class BadReference:
    reason: LineProblem
    message: str


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """How long a parcel number is; then come four digits of tax year and a Luhn digit."""

    parcel_digits: int = 14

    @property
    def digits(self) -> int:
        return self.parcel_digits + YEAR_DIGITS + 1

    def write(self, parcel_number: str, tax_year: int) -> str:
        """Compose the reference of a bill, check digit last."""
        body = f"{parcel_number}{tax_year:04d}"
        assert len(body) == self.digits - 1, body
        return body + str(luhn.calc_check_digit(body))

    def of(self, parcel_number: str, tax_year: str) -> BillReference | BadReference:
        """Name a bill by parcel number, with or without its hyphens, and tax year."""
        digits = parcel_number.replace("-", "")
        if len(digits) != self.parcel_digits or not (digits.isascii() and digits.isdigit()):
            return BadReference(
                LineProblem.BAD_REFERENCE,
                f"parcel number {parcel_number!r} is not {self.parcel_digits} digits",
            )
        if len(tax_year) != YEAR_DIGITS or not (tax_year.isascii() and tax_year.isdigit()):
            return BadReference(LineProblem.BAD_REFERENCE, f"tax year {tax_year!r} is no year")
        return BillReference(digits, int(tax_year))

    def read(self, text: str) -> BillReference | BadReference:
        """Take a reference apart, or say why it is none."""
        if len(text) != self.digits or not (text.isascii() and text.isdigit()):
            return BadReference(
                LineProblem.BAD_REFERENCE,
                f"bill reference {text!r} is not {self.digits} digits: parcel number "
                f"({self.parcel_digits}), tax year ({YEAR_DIGITS}), check digit (1)",
            )
        if not luhn.is_valid(text):
            expected = luhn.calc_check_digit(text[:-1])
            return BadReference(
                LineProblem.BAD_CHECK_DIGIT,
                f"bill reference {text} ends in {text[-1]}, its check digit is {expected}: "
                "a digit was misread, compare with the coupon",
            )
        year_end = self.parcel_digits + YEAR_DIGITS
        return BillReference(text[: self.parcel_digits], int(text[self.parcel_digits : year_end]))


COUNTY_FORMAT = ReferenceFormat()
