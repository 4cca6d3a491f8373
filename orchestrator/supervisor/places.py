"""Where things lie in the data folder. Names only: nothing here starts, locks or reads a server."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# A unix socket's path may have 104 bytes on macOS and 108 on Linux, its closing zero included.
LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True, slots=True)
class Places:
    """The files one data folder holds for its processes."""

    data: Path
    """The folder itself, absolute."""

    @classmethod
    def of(cls, data: str | Path) -> Places:
        """Resolve a folder given by a person."""
        return cls(Path(data).expanduser().resolve())

    @property
    def run(self) -> Path:
        """Hold what only matters while `up` runs."""
        return self.data / "run"

    @property
    def homes(self) -> Path:
        """Hold the home folders that commands are given while they run."""
        return self.run / "homes"

    @property
    def logs(self) -> Path:
        """Hold one log file per process."""
        return self.data / "logs"

    @property
    def up(self) -> Path:
        """Describe the running `up`; exists only between ready and stop."""
        return self.data / "up.json"

    @property
    def lock(self) -> Path:
        """Be held by the one `up` of this folder."""
        return self.run / "up.lock"

    @property
    def children(self) -> Path:
        """List the processes `up` started, so that a later one can find what is left of them."""
        return self.run / "children.json"

    @property
    def socket_record(self) -> Path:
        """Record where the embedded server listens when the data folder's own path is too long for a socket."""
        return self.run / "valkey.path"

    @property
    def socket(self) -> Path:
        """Be the embedded server's socket."""
        if self.socket_record.exists():
            return Path(self.socket_record.read_text().strip())
        return self.run / "valkey.sock"

    def make(self) -> None:
        """Create the folders, closed to other users, and settle where the socket lies."""
        for folder in (self.data, self.run, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run.chmod(0o700)
        settled = self.socket_record.exists() and self.socket.parent.is_dir()
        if len(bytes(self.run / "valkey.sock")) > LONGEST_SOCKET_PATH and not settled:
            self.socket_record.write_text(str(Path(tempfile.mkdtemp(prefix="signalbox-socket-")) / "valkey.sock"))

    def clear(self) -> None:
        """Remove the socket, and the folder that was made for it elsewhere."""
        self.socket.unlink(missing_ok=True)
        if self.socket_record.exists():
            with suppress(OSError):
                self.socket.parent.rmdir()
            self.socket_record.unlink()
