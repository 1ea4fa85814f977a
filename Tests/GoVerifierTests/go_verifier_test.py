"""Has somebody else's verifier read what Hindsight exports: Go's own golang.org/x/mod.

    go_verifier_test.py HINDSIGHT

Ends with 77, and the reason as its last line, where Go or its package is missing.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
GOPATH = pathlib.Path("/usr/share/gocode")
SKIPPED = 77
APP = "0oaORG2ORG0000000001"


def run(*words, fails=False):
    done = subprocess.run(
        [str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if (done.returncode != 0) != fails:
        raise RuntimeError(f"{words} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def build(place):
    environment = os.environ | {
        "GO111MODULE": "off", "GOPATH": str(GOPATH), "GOCACHE": str(place / "cache"), "GOFLAGS": ""}
    verifier = place / "verifier"
    done = subprocess.run(
        ["go", "build", "-o", verifier, HERE / "verifier.go"], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=300, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"the verifier does not build: {done.stderr}")
    return verifier


def update(address, token, number):
    request = urllib.request.Request(
        f"{address}/api/v1/apps/{APP}/connections/default", method="POST",
        data=b'{"profile":{"authScheme":"TOKEN","token":"t%d"}}' % number,
        headers={"Content-Type": "application/json", "Authorization": f"SSWS {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def record(hindsight, data, token, count):
    """As many updates through a server, which signs them when it ends."""
    server = subprocess.Popen(
        [hindsight, "serve", "--data", data, "--listen", "127.0.0.1:0"], text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        address = re.fullmatch(r"listening on (http://\S+)\n", server.stdout.readline())[1]
        for number in range(count):
            update(address, token, number)
        server.terminate()
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def main(hindsight):
    if not shutil.which("go"):
        print("Go is missing: install golang-go.")
        return SKIPPED
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        print("Go's package is missing: install golang-golang-x-mod-dev.")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="hindsight-go-") as folder:
        place = pathlib.Path(folder)
        verifier = build(place)
        data, out = place / "data", place / "log"
        token = run(hindsight, "token", "create", "--data", data, "--role", "operator").strip()
        record(hindsight, data, token, 4)
        run(hindsight, "log", "export", "--data", data, "--output", out)
        shutil.copy(out / "checkpoint", place / "early.checkpoint")
        record(hindsight, data, token, 130)
        run(hindsight, "log", "export", "--data", data, "--output", out)
        key = run(hindsight, "log", "key", "--data", data).strip()
        proofs = []
        for index in (0, 255, 256, 260):
            proofs.append(place / f"{index}.tlog-proof")
            run(hindsight, "log", "proof", index, "--data", data, "--output", proofs[-1])

        said = run(verifier, key, out, place / "early.checkpoint", *proofs)
        print(said, end="")
        assert said.count("is in the tree of") == 4 and "grew out of" in said

        # And it can fail.
        for name in ("checkpoint", "tile/0/000", "tile/entries/000"):
            file = out / name
            whole = file.read_bytes()
            file.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
            assert "WRONG" in run(verifier, key, out, fails=True)
            file.write_bytes(whole)
        other = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        assert "WRONG" in run(verifier, other, out, fails=True)
        proof = proofs[1].read_text().replace("\nindex 255\n", "\nindex 254\n")
        proofs[1].write_text(proof)
        assert "WRONG" in run(verifier, key, out, proofs[1], fails=True)
    print("Go's verifier takes what is true, and refuses what was altered.")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).absolute()))
