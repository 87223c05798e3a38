"""A real WordPress, from the system's packages, with a database of its own in a folder."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

CODE = Path("/usr/share/wordpress")
_CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{base}/socket');
define('WP_CONTENT_DIR', '{base}/content');
define('WP_HOME', 'http://127.0.0.1:{port}');
define('WP_SITEURL', 'http://127.0.0.1:{port}');
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """
mysqli_query(mysqli_connect('localhost', 'root', '', '', 0, '{base}/socket'),
             'CREATE DATABASE wordpress');
define('WP_INSTALLING', true);
require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_new_blog_notification() {{}}
wp_install('Tents and bags', 'ana', 'ana@example.org', true, '', 'secret');
switch_theme('bare');
update_option('timezone_string', 'Europe/Paris');
update_option('permalink_structure', '/%year%/%postname%/');
wp_delete_post(1, true);
wp_delete_post(2, true);
"""
# What plugins for "security" do to the API, each switched on by an option.
_PLUGIN = """<?php
if (get_option('api_closed')) add_filter('rest_authentication_errors', fn() => new WP_Error(
    'rest_cannot_access', 'Only signed-in users may use the REST API.', ['status' => 401]));
add_filter('rest_endpoints', function ($routes) {
    foreach (get_option('api_without', []) as $path)
        foreach (array_keys($routes) as $route)
            if (str_starts_with($route, $path)) unset($routes[$route]);
    return $routes;
});
"""


@dataclass(frozen=True, slots=True)
class Site:
    base: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, code: str) -> str:
        """Run PHP within WordPress, as its owner could; return what it prints."""
        return self.php(f"require ABSPATH . 'wp-load.php'; {code}")

    def php(self, code: str) -> str:
        whole = f"define('ABSPATH', '{self.base}/site/'); $_SERVER['HTTP_HOST'] = 'x'; {code}"
        done = subprocess.run(
            ["php", "-r", whole], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def having(self, **options: str) -> Iterator[None]:
        """Set options of the site, each written in PHP, and take them back."""
        was = "; ".join(f"$was['{name}'] = get_option('{name}', null)" for name in options)
        now = "; ".join(f"update_option('{name}', {value})" for name, value in options.items())
        kept = self.run(f"{was}; {now}; echo json_encode($was);")
        try:
            yield
        finally:
            (self.base / "kept.json").write_text(kept, encoding="utf-8")
            self.run(
                f"foreach (json_decode(file_get_contents('{self.base}/kept.json'), true) as"
                " $name => $value) $value === null"
                " ? delete_option($name) : update_option($name, $value);"
            )


@contextmanager
def wordpress(base: Path) -> Iterator[Site]:
    """Install one and run it; skips the test where a program is missing."""
    missing = [name for name in ("php", "mariadbd", "mariadb-install-db") if not _program(name)]
    if missing or not CODE.exists():
        pytest.skip(f"{', '.join(missing) or 'WordPress'} absent")
    site = Site(base, _free())
    _lay_out(site)
    with _running(_database(base), base / "database.log") as database:
        _until((base / "socket").exists, database, base / "database.log")
        site.php(_INSTALL.format(base=base))
        server = ["php", "-d", f"auto_prepend_file={base}/prepend.php"]
        server += ["-S", f"127.0.0.1:{site.port}", "-t", str(base / "site")]
        with _running(server, base / "server.log") as process:
            _until(lambda: _listens(site.port), process, base / "server.log")
            yield site


def _lay_out(site: Site) -> None:
    """Put links to the code into a folder that has a configuration of its own."""
    base = site.base
    (base / "site").mkdir()
    for path in CODE.iterdir():
        if path.name not in ("wp-config.php", "wp-content"):
            (base / "site" / path.name).symlink_to(path)
    files: Mapping[str, str] = {
        "site/wp-config.php": _CONFIG.format(base=base, port=site.port),
        "prepend.php": f"<?php define('ABSPATH', '{base}/site/');",
        "content/themes/bare/style.css": "/* Theme Name: Bare */",
        "content/themes/bare/index.php": "<!doctype html><head><?php wp_head(); ?></head>",
        "content/mu-plugins/closed.php": _PLUGIN,
    }
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text, encoding="utf-8")


def _database(base: Path) -> list[str]:
    user = [f"--user={getpass.getuser()}"] if os.getuid() == 0 else []
    where = ["--no-defaults", f"--datadir={base}/database", *user]
    subprocess.run(
        [_program("mariadb-install-db"), *where, "--skip-test-db"],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    return [
        _program("mariadbd"), *where, f"--socket={base}/socket", "--skip-networking",
        "--skip-grant-tables", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=8M",
    ]  # fmt: skip


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _until(there: object, process: subprocess.Popen[bytes], log: Path) -> None:
    assert callable(there)
    for _ in range(400):
        if there():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
