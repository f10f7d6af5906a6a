"""Downloads against a server of the tests' own: whatever happens, only whole and right files appear."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from filelock import FileLock

from tests.fakes.file_server import Answer, FileServer, file_server
from tests.models.made import CONFIG, FILES, WEIGHTS, model, put
from voice_agent.errors import EngineError, UserError
from voice_agent.folders import models_folder, private
from voice_agent.model_entry import ModelEntry
from voice_agent.model_file import ModelFile
from voice_agent.models.install import SPARE_BYTES, check, glance, install, remove
from voice_agent.models.part_file import PartFile
from voice_agent.models.places import part_place, place
from voice_agent.models.sources import FolderSource, Source
from voice_agent.models.states import State, state_of
from voice_agent.models.web import LONGEST_WAIT_S, TRIES, WebSource, leaves_encryption

pytestmark = pytest.mark.loopback


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server(dict(FILES)) as one:
        yield one


@dataclass
class Told:
    """Progress, written down."""

    came_bytes: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)
    done: int = 0

    def began(self, model: ModelEntry, file: ModelFile) -> None:
        self.came_bytes.clear()

    def came(self, have: int) -> None:
        self.came_bytes.append(have)

    def again(self, why: str) -> None:
        self.notes.append(why)

    def waits(self, why: str, seconds: float) -> None:
        self.notes.append(why)

    def ended(self) -> None:
        self.done += 1


def fetch(
    entry: ModelEntry, told: Told | None = None, *, mirror: str | None = None, source: Source | None = None
) -> Told:
    """Install the model; waits take no time."""
    told = told or Told()
    web = WebSource(mirror=mirror, waits=told.waits, sleep=told.slept_s.append)
    try:
        install(check([entry]), source or web, told)
    finally:
        web.close()
    return told


def assert_whole(entry: ModelEntry) -> None:
    for file, body in zip(entry.files, FILES.values(), strict=True):
        assert place(file).read_bytes() == body
        assert not part_place(file).exists()
    assert state_of(entry, anew=True).state is State.INSTALLED


def failure(entry: ModelEntry, told: Told | None = None) -> str:
    with pytest.raises(EngineError) as caught:
        fetch(entry, told)
    assert caught.value.cure
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_model_comes_whole_and_private(server: FileServer) -> None:
    told = fetch(entry := model(server.url))
    assert_whole(entry)
    assert told.done == 2
    folder = models_folder()
    for path in [folder, *folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    for above in (folder.parent, folder.parent.parent):
        assert stat.S_IMODE(above.stat().st_mode) == 0o700, "folders above are private too"


def test_what_is_here_is_not_fetched_again(server: FileServer) -> None:
    fetch(entry := model(server.url))
    before = len(server.paths)
    fetch(entry)
    assert len(server.paths) == before


@pytest.mark.parametrize("tells_length", [True, False])
def test_after_cut_connections_it_goes_on_where_it_stopped(server: FileServer, tells_length: bool) -> None:
    server.script = [Answer(cut_after=20_000, tells_length=tells_length), Answer(cut_after=10_000)]
    told = fetch(entry := model(server.url))
    assert_whole(entry)
    assert server.ranges[:3] == [None, "bytes=20000-", "bytes=30000-"]
    assert server.if_ranges[1] == '"one"', "a file that changed meanwhile would come whole"
    assert sum("broke off" in note for note in told.notes) == 2


def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_part(server: FileServer) -> None:
    server.script = [Answer(cut_after=20_000, swaps=b"x" * len(WEIGHTS))]
    server.etag = '"old"'
    web = WebSource(sleep=lambda _: setattr(server, "etag", '"new"'))
    install(check([entry := model(server.url)]), web, Told())
    web.close()
    assert_whole(entry)


def test_a_part_of_an_earlier_run_is_kept_and_completed(server: FileServer) -> None:
    entry = model(server.url)
    put(models_folder() / "whisper/tiny.test", {"model.bin.part": WEIGHTS[:33_333]})
    assert state_of(entry, anew=False).state is State.PART
    fetch(entry)
    assert_whole(entry)
    assert server.ranges[0] == "bytes=33333-"


def test_a_damaged_part_is_noticed_and_the_file_fetched_from_its_beginning(server: FileServer) -> None:
    entry = model(server.url)
    put(models_folder() / "whisper/tiny.test", {"model.bin.part": b"x" * 33_333})
    told = fetch(entry)
    assert_whole(entry)
    assert any("does not fit" in note for note in told.notes)


@pytest.mark.parametrize("size", [len(WEIGHTS), len(WEIGHTS) + 7])
def test_a_part_as_long_as_the_file_or_longer_does_no_harm(server: FileServer, size: int) -> None:
    entry = model(server.url)
    put(models_folder() / "whisper/tiny.test", {"model.bin.part": b"x" * size})
    fetch(entry)
    assert_whole(entry)


def test_without_a_published_checksum_an_old_part_is_not_trusted(server: FileServer) -> None:
    entry = model(server.url, checksum=None)
    put(models_folder() / "whisper/tiny.test", {"model.bin.part": b"x" * 33_333})
    fetch(entry)
    assert_whole(entry)
    assert server.ranges[0] is None


@pytest.mark.parametrize(
    "answer",
    [Answer(ignores_range=True), Answer(wrong_range=True), Answer(status=416), Answer(tells_length=False)],
    ids=["ignores the range", "wrong range", "416", "no length"],
)
def test_a_server_that_knows_ranges_badly_still_gives_the_right_file(server: FileServer, answer: Answer) -> None:
    server.script = [Answer(cut_after=20_000), answer]
    fetch(entry := model(server.url))
    assert_whole(entry)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server: FileServer, status: int) -> None:
    server.script = [Answer(status=status), Answer(status=status, retry_after="7")]
    told = fetch(entry := model(server.url))
    assert_whole(entry)
    assert 0.5 < told.slept_s[0] < 1.5
    assert told.slept_s[1] == 7


def test_a_server_that_asks_for_an_hour_is_not_waited_for_so_long(server: FileServer) -> None:
    server.script = [Answer(status=503, retry_after="3600")]
    assert fetch(model(server.url)).slept_s == [LONGEST_WAIT_S]


def test_a_server_that_stays_busy_is_given_up_and_named(server: FileServer) -> None:
    server.script = [Answer(status=503)] * 20
    told = Told()
    assert "127.0.0.1 is too busy (503)" in failure(model(server.url), told)
    assert len(server.paths) == TRIES
    assert told.slept_s == sorted(told.slept_s), "longer each time"


def test_a_slow_line_that_is_cut_again_and_again_gets_there(server: FileServer) -> None:
    server.script = [Answer(cut_after=2_000)] * 24
    fetch(entry := model(server.url))
    assert_whole(entry)


@pytest.mark.parametrize(
    ("status", "told"), [(404, "has no whisper/tiny.test/model.bin (404)"), (401, "refused"), (403, "refused")]
)
def test_a_missing_or_refused_file_is_named_at_once(server: FileServer, status: int, told: str) -> None:
    server.script = [Answer(status=status)]
    assert told in failure(entry := model(server.url))
    assert len(server.paths) == 1
    assert state_of(entry, anew=True).state is State.MISSING


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_wrong_checksum_leaves_nothing_behind(server: FileServer, algorithm: str) -> None:
    server.files["/org/tiny/model.bin"] = b"x" * len(WEIGHTS)
    entry = model(server.url, checksum=algorithm)
    assert "model.bin came with a wrong checksum and was thrown away" in failure(entry)
    assert not place(entry.files[0]).exists()
    assert not part_place(entry.files[0]).exists()


@pytest.mark.parametrize("body", [b"<html>log in</html>", WEIGHTS + b"more"])
@pytest.mark.parametrize("tells_length", [True, False])
def test_a_login_page_is_not_taken_for_a_model(server: FileServer, body: bytes, tells_length: bool) -> None:
    server.script = [Answer(swaps=body, tells_length=tells_length)] * 20
    message = failure(entry := model(server.url))
    assert "another whisper/tiny.test/model.bin" in message or "broke off" in message
    assert state_of(entry, anew=False).state is not State.INSTALLED


def test_a_broken_and_a_half_file_are_found_and_fetched_again(server: FileServer) -> None:
    fetch(entry := model(server.url))
    weights, config = (place(file) for file in entry.files)
    weights.write_bytes(WEIGHTS[:-1] + b"?")
    config.write_bytes(CONFIG[:5])
    assert state_of(entry, anew=False).state is State.DAMAGED
    assert [one.state for one in state_of(entry, anew=True).files] == [State.DAMAGED] * 2
    fetch(entry)
    assert_whole(entry)


def test_at_a_glance_a_file_that_was_changed_is_read_and_no_other(server: FileServer) -> None:
    fetch(entry := model(server.url))
    weights = place(entry.files[0])
    assert glance([entry])[0].state is State.INSTALLED
    weights.write_bytes(b"x" * len(WEIGHTS))
    assert glance([entry])[0].state is State.DAMAGED
    weights.write_bytes(WEIGHTS)  # another time, the same bytes
    assert glance([entry])[0].state is State.INSTALLED
    before = weights.stat()
    weights.write_bytes(b"x" * len(WEIGHTS))
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert glance([entry])[0].state is State.INSTALLED, "as after a fault of the disk"
    assert check([entry])[0].state is State.DAMAGED


def test_files_that_nobody_has_recorded_are_read_and_recorded(server: FileServer) -> None:
    fetch(entry := model(server.url))
    (models_folder() / "sums.json").unlink()
    place(entry.files[0]).write_bytes(b"x" * len(WEIGHTS))
    assert glance([entry])[0].state is State.DAMAGED
    place(entry.files[0]).write_bytes(WEIGHTS)
    assert glance([entry])[0].state is State.INSTALLED
    assert hashlib.sha256(WEIGHTS).hexdigest() in (models_folder() / "sums.json").read_text()


def test_without_a_published_checksum_the_first_sum_is_remembered(server: FileServer) -> None:
    fetch(entry := model(server.url, checksum=None))
    place(entry.files[0]).write_bytes(b"x" * len(WEIGHTS))
    assert state_of(entry, anew=True).state is State.DAMAGED
    fetch(entry)
    assert_whole(entry)


def test_a_lost_or_broken_record_of_sums_is_made_anew(server: FileServer) -> None:
    fetch(entry := model(server.url))
    (models_folder() / "sums.json").write_text("{broken")
    fetch(entry)
    assert hashlib.sha256(WEIGHTS).hexdigest() in (models_folder() / "sums.json").read_text()


def test_a_full_disk_is_noticed_before_the_start(server: FileServer) -> None:
    entry = model(server.url)
    with pytest.raises(EngineError, match="MB of disk are needed and 64 MB are free at"):
        install(check([entry]), WebSource(), Told(), free=lambda _: SPARE_BYTES)
    assert not server.paths


class FullAfter(PartFile):
    """A disk that has room for 20 000 bytes."""

    def put(self, file: BinaryIO, chunk: bytes) -> None:
        if self.size + len(chunk) > 20_000:
            file.write(chunk[: 20_000 - self.size])
            raise OSError(errno.ENOSPC, "No space left on device")
        file.write(chunk)


def test_a_disk_that_fills_up_meanwhile_keeps_the_part(server: FileServer) -> None:
    entry = model(server.url)
    with pytest.raises(EngineError, match=r"the disk of .* is full; make room and run it again"):
        install(check([entry]), WebSource(open_part=FullAfter), Told())
    assert part_place(entry.files[0]).stat().st_size == 20_000
    fetch(entry)
    assert_whole(entry)
    assert server.ranges[1] == "bytes=20000-"


def test_an_interrupted_download_keeps_its_part(server: FileServer) -> None:
    class Interrupted(Told):
        def came(self, have: int) -> None:
            raise KeyboardInterrupt

    entry = model(server.url)
    with pytest.raises(KeyboardInterrupt):
        fetch(entry, Interrupted())
    assert part_place(entry.files[0]).stat().st_size > 0
    fetch(entry)
    assert_whole(entry)


def test_a_mirror_takes_the_servers_place(server: FileServer) -> None:
    entry = model("https://models.invalid")
    fetch(entry, mirror=server.url + "/")
    assert_whole(entry)


def test_a_mirror_under_a_path_keeps_it(server: FileServer) -> None:
    server.files = {f"/hub{path}": body for path, body in FILES.items()}
    fetch(entry := model("https://models.invalid"), mirror=f"{server.url}/hub")
    assert_whole(entry)


@pytest.mark.parametrize("mirror", ["ftp://x", "mirror.example", "https://", "http://[", "https://x?key=1"])
def test_a_mirror_that_is_no_address_is_told(mirror: str) -> None:
    with pytest.raises(UserError, match="--mirror: is no web address"):
        WebSource(mirror=mirror)


def test_a_password_in_a_mirrors_address_is_not_told(server: FileServer) -> None:
    server.script = [Answer(status=404)]
    secret = server.url.replace("http://", "http://me:s3cret@")
    with pytest.raises(EngineError) as caught:
        fetch(model("https://models.invalid"), mirror=secret)
    assert "s3cret" not in str(caught.value)


def test_the_proxy_of_the_environment_is_used(server: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    fetch(entry := model("http://models.invalid"))
    assert_whole(entry)
    assert server.paths[0] == "http://models.invalid/org/tiny/model.bin"


def test_an_unusable_proxy_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://me:s3cret@proxy")
    with pytest.raises(UserError, match="proxy: ") as caught:
        WebSource()
    assert "s3cret" not in str(caught.value)


def test_a_redirect_is_followed(server: FileServer) -> None:
    server.files["/elsewhere"] = WEIGHTS
    server.script = [Answer(status=302, location="/elsewhere")]
    fetch(entry := model(server.url))
    assert_whole(entry)


def test_a_redirect_to_something_else_than_the_web_is_refused(server: FileServer) -> None:
    server.script = [Answer(status=302, location="file:///etc/passwd")]
    assert "no web address" in failure(model(server.url))


@pytest.mark.parametrize(
    ("schemes", "leaves"),
    [
        (["https", "https"], False),
        (["http", "https"], False),
        (["http", "http"], False),
        (["https", "http"], True),
        (["https", "http", "https"], True),
    ],
)
def test_a_redirect_must_not_leave_an_encrypted_connection(schemes: list[str], leaves: bool) -> None:
    assert leaves_encryption(schemes) is leaves


def test_an_unreachable_server_is_named_with_ways_around() -> None:
    with file_server({}) as gone:
        url = gone.url
    told = Told()
    assert "127.0.0.1 can't be reached; check the connection and the proxy" in failure(model(url), told)
    assert len(told.slept_s) == 2


def test_two_setups_at_once_do_not_mix_their_bytes(server: FileServer) -> None:
    with FileLock(private(models_folder()) / ".lock"):
        assert "another setup is under way" in failure(model(server.url))


@pytest.mark.parametrize("layout", ["whisper/tiny.test/", "models/whisper/tiny.test/", "tiny/", ""])
def test_files_brought_on_a_disk_are_copied(tmp_path: Path, layout: str) -> None:
    put(tmp_path / "usb", {f"{layout}model.bin": WEIGHTS, f"{layout}config.json": CONFIG})
    entry = model("https://models.invalid")
    fetch(entry, source=FolderSource(tmp_path / "usb"))
    assert_whole(entry)
    assert stat.S_IMODE(place(entry.files[0]).stat().st_mode) == 0o600


def test_a_wrong_file_on_a_disk_is_named_with_its_source(tmp_path: Path) -> None:
    put(tmp_path, {"whisper/tiny.test/model.bin": b"x" * len(WEIGHTS)})
    entry = model("https://models.invalid")
    with pytest.raises(UserError, match=r"model\.bin is not the file that is needed; get it from https://models"):
        fetch(entry, source=FolderSource(tmp_path))
    (tmp_path / "whisper/tiny.test/model.bin").unlink()
    with pytest.raises(UserError, match=r"holds no whisper/tiny\.test/model\.bin"):
        fetch(entry, source=FolderSource(tmp_path))
    with pytest.raises(UserError, match="there is no such folder"):
        FolderSource(tmp_path / "nowhere")


def test_removing_gives_the_room_back_and_leaves_other_models_alone(server: FileServer) -> None:
    fetch(entry := model(server.url))
    other = models_folder() / "whisper" / "base.en" / "model.bin"
    put(other.parent, {"model.bin": b"other"})
    assert remove(entry) == len(WEIGHTS) + len(CONFIG)
    assert state_of(entry, anew=False).state is State.MISSING
    assert not (models_folder() / "whisper" / "tiny.test").exists()
    assert other.read_bytes() == b"other"
    assert "tiny.test" not in (models_folder() / "sums.json").read_text()
