"""Opens the page of an evidence pack in a real browser, whole and with a byte altered in each part.

    evidence_page_test.py HINDSIGHT

Ends with 77, and the reason as its last line, where there is no Chromium.
"""

import base64
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

from playwright.sync_api import sync_playwright

APP = "0oaORG2ORG0000000001"
SKIPPED = 77


def run(*words):
    done = subprocess.run(
        [str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def make(hindsight, place):
    """A pack about one connection among others, and the key of its log."""
    data, pack = place / "data", place / "pack.zip"
    token = run(hindsight, "token", "create", "--data", data, "--role", "operator").strip()
    server = subprocess.Popen(
        [hindsight, "serve", "--data", data, "--listen", "127.0.0.1:0"], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        address = re.fullmatch(r"listening on (http://\S+)\n", server.stdout.readline())[1]
        for number, app in enumerate([APP, "0oaZSCALER0000000001", APP]):
            request = urllib.request.Request(
                f"{address}/api/v1/apps/{app}/connections/default", method="POST",
                data=b'{"profile":{"authScheme":"TOKEN","token":"t%d"}}' % number,
                headers={"Content-Type": "application/json", "Authorization": f"SSWS {token}",
                         "Hindsight-Reason": "<b>rotation</b> & more"})
            urllib.request.urlopen(request, timeout=60).close()
        server.terminate()
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    run(hindsight, "evidence", "--app", APP, "--data", data, "--output", pack)
    key = run(hindsight, "log", "key", "--data", data).strip()
    run(hindsight, "log", "check", pack, "--key", key)
    # The same up to its last event, which the proof holds all the same.
    with zipfile.ZipFile(pack) as archive:
        last = json.loads(archive.read("events.jsonl").splitlines()[-1])
    run(hindsight, "evidence", "--app", APP, "--data", data, "--to", last["recordedAt"], "--output", place / "part.zip")
    # And up to a time that the log does not reach.
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    run(hindsight, "evidence", "--app", APP, "--data", data, "--to", now, "--output", place / "late.zip")
    return pack, key


def check_period(page, place):
    """A manifest that hides the last event by a later end, or by none."""
    with zipfile.ZipFile(place / "part.zip") as archive:
        html, manifest = archive.read("index.html").decode(), archive.read("manifest.json")
    index = place / "part.html"
    index.write_text(html)
    assert verdict(page, index)[1] == set()
    assert page.inner_text("#unproved") == ""
    with zipfile.ZipFile(place / "late.zip") as archive:
        index.write_text(archive.read("index.html").decode())
    assert verdict(page, index)[1] == set()
    assert "; that nothing happened from" in page.inner_text("#unproved")
    whole = json.loads(manifest)
    later = {**whole, "to": "2099-01-01T00:00:00.000000Z"}
    for story in later, {name: value for name, value in whole.items() if name != "to"}:
        index.write_text(html.replace(
            base64.b64encode(manifest).decode(), base64.b64encode(json.dumps(story).encode()).decode()))
        assert verdict(page, index)[1] == {"absence.proof"}, story


def verdict(page, path):
    page.goto(path.as_uri())
    page.wait_for_selector("#verdict.ok, #verdict.bad")
    bad = page.eval_on_selector_all("#checks .bad", "items => items.map(item => item.dataset.part)")
    return page.inner_text("#verdict"), set(bad)


def compared(page, path):
    page.set_input_files("#pack", path)
    page.wait_for_selector("#archive li")
    # The verdict of the page is that of the archive, too.
    page.wait_for_selector("#verdict." + ("bad" if page.query_selector("#archive .bad") else "ok"))
    bad = page.eval_on_selector_all("#archive .bad", "items => items.map(item => item.dataset.part)")
    page.evaluate("document.getElementById('archive').replaceChildren()")
    return set(bad)


def check(page, place, pack, key):
    foreign = []
    page.on("request", lambda request: foreign.append(request.url) if not request.url.startswith("file:") else None)
    with zipfile.ZipFile(pack) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    index = place / "index.html"
    index.write_bytes(files["index.html"])
    said, bad = verdict(page, index)
    assert re.fullmatch(r"All \d+ checks passed\.", said) and not bad, (said, bad)
    assert page.input_value("#key") == key
    assert "<b>rotation</b> & more" in page.inner_text("#events")
    assert compared(page, pack) == set()
    print(said)

    # Another key, from elsewhere.
    for other in "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "", "rubbish":
        page.fill("#key", key)
        page.wait_for_selector("#verdict.ok")
        page.fill("#key", other)
        page.wait_for_selector("#verdict.bad")
        assert re.fullmatch(r"1 of \d+ checks failed: checkpoint", page.inner_text("#verdict"))

    # A byte in each of the files that the page carries.
    html = files["index.html"].decode()
    carried = json.loads(re.search(r'<script type="application/json" id="files">(.*?)</script>', html, re.S)[1])
    for name, data in carried.items():
        altered = bytearray(base64.b64decode(data))
        altered[len(altered) // 2] ^= 1
        index.write_text(html.replace(data, base64.b64encode(altered).decode()))
        _, bad = verdict(page, index)
        assert name in bad or (name == "log.vkey" and "checkpoint" in bad), (name, bad)
    # A report that was forged with care: digest and length in the manifest are the new ones, too. Each field of a row
    # but the label, which no event tells, and a column more.
    report, manifest = (base64.b64decode(carried[name]) for name in ("changes.csv", "manifest.json"))
    head, row = (line.decode().split(",") for line in report.split(b"\r\n")[:2])
    assert len(head) == len(row) == 36
    forgeries = [(name, [head, row[:place] + ["Mallory"] + row[place + 1:]]) for place, name in enumerate(head)]
    forgeries.append(("actor twice", [head + ["actor"], row + ["Mallory"]]))
    for name, lines in forgeries:
        forged = b"\r\n".join([*(",".join(line).encode() for line in lines), *report.split(b"\r\n")[2:]])
        told = json.loads(manifest)
        for file in told["files"]:
            if file["name"] == "changes.csv":
                file.update(bytes=len(forged), sha256=hashlib.sha256(forged).hexdigest())
        text = html
        for part, data in ("changes.csv", forged), ("manifest.json", json.dumps(told).encode()):
            text = text.replace(carried[part], base64.b64encode(data).decode())
        index.write_text(text)
        assert verdict(page, index)[1] == (set() if name == "app_label" else {"changes.csv"}), name

    # A manifest that tells another story, its own digest being nowhere in the page.
    told = json.loads(manifest)
    stories = [("appId", "0oaINNOCENT000000001"), ("format", "x"), ("report", "x"), ("rows", told["rows"] + 1),
               ("query", {**told["query"], "toIndex": told["query"]["toIndex"] + 1}), ("query", "x"),
               ("from", "2030-01-01T00:00:00.000000Z"), ("to", "2020-01-01T00:00:00.000000Z"), ("to", "x")]
    for name, value in stories:
        story = json.dumps({**told, name: value}).encode()
        index.write_text(html.replace(carried["manifest.json"], base64.b64encode(story).decode()))
        assert verdict(page, index)[1], (name, value)

    # What is no base64, and no JSON, is told as well.
    for broken in html.replace(carried["changes.csv"], "!" + carried["changes.csv"][1:]), html.replace('{"absence', '{"absence"'):
        index.write_text(broken)
        assert "changes.csv" in verdict(page, index)[1] or "manifest.json" in verdict(page, index)[1]
    index.write_text(html)
    verdict(page, index)

    # A byte in each of the files of the archive, and one of its own.
    whole = pack.read_bytes()
    for name, content in files.items():
        with zipfile.ZipFile(pack) as archive:
            start = archive.getinfo(name).header_offset + 30 + len(name.encode())
        place_of = start + len(content) // 2
        pack.write_bytes(whole[:place_of] + bytes([whole[place_of] ^ 1]) + whole[place_of + 1:])
        bad = compared(page, pack)
        assert name in bad, (name, bad)
    pack.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert "the archive" in compared(page, pack)
    assert not foreign, foreign
    print(f"A byte altered in each of {len(files)} parts was found by the page, and its part named.")


def main(hindsight):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not chromium:
        print("There is no Chromium: install chromium.")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="hindsight-page-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            place = pathlib.Path(folder)
            pack, key = make(hindsight, place)
            check(browser.new_page(), place, pack, key)
            check_period(browser.new_page(), place)
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).absolute()))
