"""Guessing at log-ins: how many wrong passwords a name and an address may try before they must wait."""

from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute

from dispatch.kit import ratelimit

#: By name and address together, so that a stranger cannot lock a colleague out of the office.
PAIR = RateLimitItemPerMinute(10, 15, "login_pair")
#: By address alone: one machine that tries many names.
ADDRESS = RateLimitItemPerMinute(50, 15, "login_address")
#: By name alone: many machines that try one name.
NAME = RateLimitItemPerHour(100, 1, "login_name")


@dataclass(frozen=True)
class Guess:
    """A try to log in: under which name, from where."""

    username: str
    address: str

    def _keys(self) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
        name = self.username.casefold()
        return (
            (PAIR, (name, self.address)),
            (ADDRESS, (self.address,)),
            (NAME, (name,)),
        )

    def admit(self) -> None:
        """Count the try before the password is looked at, or raise TooMany: tries at once count too."""
        counts = ratelimit.limiter()
        refused = [(item, key) for item, key in self._keys() if not counts.is_free(item, *key)]
        if not refused and counts.hit(PAIR, *self._keys()[0][1]):
            return
        item, key = refused[0] if refused else self._keys()[0]
        raise ratelimit.too_many(counts.retry_after(item, *key))

    def failed(self) -> None:
        """The password was wrong."""
        for item, key in self._keys()[1:]:
            ratelimit.limiter().hit(item, *key)

    def succeeded(self) -> None:
        """The password was right: earlier slips of this person at this place are forgotten."""
        item, key = self._keys()[0]
        ratelimit.limiter().clear(item, *key)
