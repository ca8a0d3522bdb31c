"""Commands that make a code and change what it says; one transaction each (RECV-058)."""

from receivables_service.asked import Asked
from receivables_service.codes import store
from receivables_service.codes.events import CODE_SETTING_CHANGED
from receivables_service.codes.store import Version
from receivables_service.domain.codes import Settings
from taxkit import ids
from taxkit.errors import conflict, not_found
from taxkit.inbox import Work


def create(work: Work, code: str, settings: Settings, asked: Asked) -> Version:
    """Make a code; bills that bear its name already go by it from now on."""
    store.lock(work.connection, code)
    if store.newest(work.connection, code) is not None:
        raise conflict("CODE_EXISTS", f"there is a code {code}: change what it says")
    return _say(work, code, 1, settings, asked)


def change(work: Work, code: str, settings: Settings, asked: Asked) -> Version:
    """Change what a code says, whole; whatever bears it goes by it at once (RECV-059)."""
    store.lock(work.connection, code)
    known = wanted(work, code)
    if known.settings == settings:
        raise conflict("SETTINGS_UNCHANGED", f"code {code} says so already")
    return _say(work, code, known.version + 1, settings, asked)


def wanted(work: Work, code: str) -> Version:
    """What a code says now; one that nobody made is not there."""
    known = store.newest(work.connection, code)
    if known is None:
        raise not_found("CODE_UNKNOWN", f"there is no code {code[:60]!r}")
    return known


def _say(work: Work, code: str, number: int, settings: Settings, asked: Asked) -> Version:
    version = Version(
        ids.new_id(), code, number, work.clock.today(), work.clock.now(), asked.user,
        asked.reason, settings,
    )  # fmt: skip
    store.add(work.connection, version)
    work.emit(CODE_SETTING_CHANGED, f"code/{code}", number, _told(version), cause=asked)
    return version


def _told(version: Version) -> dict[str, object]:
    said = version.settings
    return {
        "setting_id": str(version.setting_id),
        "code": version.code,
        "version": version.version,
        "description": said.description,
        "monthly_rate": None if said.monthly_rate is None else str(said.monthly_rate),
        "penalty_rate": None if said.penalty_rate is None else str(said.penalty_rate),
        "switches": sorted(each.value for each in said.switches),
        "delinquent_notices": said.notices.value,
        "effective_on": version.effective_on.isoformat(),
        "changed_by": version.changed_by,
        "reason": version.reason,
    }
