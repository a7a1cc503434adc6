"""A progress bar on a terminal, a line for each finished step elsewhere."""
import sys
import time

BAR_WIDTH = 30


class Progress:
    def __init__(self, total: int):
        self.total = max(1, total)
        self.done = 0
        self.started = time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def begin(self, what: str) -> None:
        if self.is_terminal:
            filled = BAR_WIDTH * self.done // self.total
            bar = "#" * filled + "." * (BAR_WIDTH - filled)
            sys.stderr.write(f"\r\x1b[K[{bar}] {self.done}/{self.total}{self.left()}  {what}")
            sys.stderr.flush()

    def end(self, what: str, outcome: str) -> None:
        self.done += 1
        if self.is_terminal:
            sys.stderr.write("\r\x1b[K")
        sys.stderr.write(f"{self.done:>4}/{self.total}  {what:<44} {outcome}\n")
        sys.stderr.flush()

    def left(self) -> str:
        if self.done == 0:
            return ""
        seconds = (time.monotonic() - self.started) / self.done * (self.total - self.done)
        return f", {int(seconds) // 60}:{int(seconds) % 60:02d} left"

    def finish(self) -> None:
        if self.is_terminal:
            sys.stderr.write("\r\x1b[K")
