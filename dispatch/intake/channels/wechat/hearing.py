"""What each kind of message does: it commands, it adds to a report, or it is only noted."""

from collections.abc import Callable

from dispatch.intake.channels.wechat import words
from dispatch.intake.channels.wechat.conversations import lock_follower
from dispatch.intake.channels.wechat.draft import draft_of
from dispatch.intake.channels.wechat.finishing import drop
from dispatch.intake.channels.wechat.gathering import (
    Hearing,
    complete,
    current,
    gather,
    just_finished,
    reminder,
    start,
)
from dispatch.intake.channels.wechat.progress import progress_of
from dispatch.intake.channels.wechat.words import Command
from dispatch.kit.outbox import Event, publish
from dispatch.kit.sealing import fingerprint, masked

MAX_MEDIA_ID = 1000
#: A follower wants no notices any more, or wants them again.
OPTED_OUT = "wechat.opted_out"


def hear(hearing: Hearing) -> str | None:
    """Take a message in; the words to answer with, or None for silence."""
    lock_follower(hearing.session, app_id=hearing.app_id, openid=hearing.openid)
    return _KINDS.get(hearing.message.kind, _unknown)(hearing)


# --- kinds of message ----------------------------------------------------------------------------


def _text(hearing: Hearing) -> str | None:
    return _words(hearing, hearing.message.get("Content"), had="文字")


def _voice(hearing: Hearing) -> str | None:
    heard = hearing.message.get("Recognition")
    if not heard:
        hearing.ignored = True
        return words.VOICE_UNCLEAR
    return _words(hearing, heard, had="语音")


def _link(hearing: Hearing) -> str | None:
    names = ("Title", "Description", "Url")
    parts = [part for name in names if (part := hearing.message.get(name))]
    return gather(hearing, {"text": " ".join(parts)}, had="链接") if parts else _unknown(hearing)


def _location(hearing: Hearing) -> str | None:
    try:
        lat = float(hearing.message.get("Location_X"))
        lon = float(hearing.message.get("Location_Y"))
    except ValueError:
        return _unknown(hearing)
    label = hearing.message.get("Label")
    place = {"longitude": lon, "latitude": lat, "crs": "gcj02", "label": label}
    return gather(hearing, place, had="位置")


def _image(hearing: Hearing) -> str | None:
    url = hearing.message.get("PicUrl") or None
    media = hearing.message.get("MediaId") or url
    if not media or len(media) > MAX_MEDIA_ID:
        return _unknown(hearing)
    return gather(hearing, {"media": media, "url": url}, had="照片")


def _video(hearing: Hearing) -> str | None:
    hearing.ignored = True
    return words.NO_VIDEO


def _unknown(hearing: Hearing) -> str | None:
    hearing.ignored = True
    return words.UNKNOWN_KIND


def _event(hearing: Hearing) -> str | None:
    event = hearing.message.get("Event").lower()
    if event == "subscribe":
        return words.GREETING
    if event == "click":
        command = words.menu_command(hearing.message.get("EventKey"))
        return _COMMANDS[command](hearing) if command else words.HELP
    hearing.ignored = True  # unsubscribe, SCAN, LOCATION, VIEW …: nothing is reported by these
    return None


_KINDS: dict[str, Callable[[Hearing], str | None]] = {
    "text": _text,
    "voice": _voice,
    "link": _link,
    "location": _location,
    "image": _image,
    "video": _video,
    "shortvideo": _video,
    "event": _event,
}


def _words(hearing: Hearing, text: str, *, had: str) -> str | None:
    if command := words.command_in(text):
        return _COMMANDS[command](hearing)
    if number := words.case_asked_for(text):
        return progress_of(hearing.session, openid=hearing.openid, number=number, at=hearing.at)
    if not text or words.is_small_talk(text):
        return reminder(hearing) or words.HELP
    return gather(hearing, {"text": text}, had=had)


# --- commands ------------------------------------------------------------------------------------


def _help(_hearing: Hearing) -> str:
    return words.HELP


def _progress(hearing: Hearing) -> str:
    return progress_of(hearing.session, openid=hearing.openid, number=None, at=hearing.at)


def _finish(hearing: Hearing) -> str:
    found = current(hearing)
    if found is None:
        return words.NOTHING_OPEN
    draft = draft_of(hearing.session, found)
    return words.STARTED if draft.is_empty else complete(hearing, found, draft)


def _cancel(hearing: Hearing) -> str:
    found = current(hearing)
    if found is not None:
        drop(hearing.session, found, at=hearing.at)
        return words.CANCELLED
    recent = just_finished(hearing)
    return words.too_late_to_cancel(recent[1].number) if recent else words.NOTHING_OPEN


def _new(hearing: Hearing) -> str:
    found = current(hearing)
    if found is None:
        start(hearing)
        return words.STARTED
    return reminder(hearing) or words.STARTED


def _opt_out(hearing: Hearing) -> str:
    _wants(hearing, notices=False)
    return words.OPTED_OUT


def _opt_in(hearing: Hearing) -> str:
    _wants(hearing, notices=True)
    return words.OPTED_IN


def _wants(hearing: Hearing, *, notices: bool) -> None:
    """Tell who sends notices; the follower is named by a fingerprint, which nobody can read."""
    told = {
        "recipient": fingerprint(hearing.openid).hex(),
        "masked": masked(hearing.openid),
        "wants": notices,
    }
    publish(hearing.session, Event(OPTED_OUT, told))


_COMMANDS: dict[Command, Callable[[Hearing], str]] = {
    Command.HELP: _help,
    Command.PROGRESS: _progress,
    Command.FINISH: _finish,
    Command.CANCEL: _cancel,
    Command.NEW: _new,
    Command.OPT_OUT: _opt_out,
    Command.OPT_IN: _opt_in,
}
