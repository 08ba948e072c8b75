"""Certificates for a test, made by openssl in a folder of the test's own."""
import subprocess

DAYS = "2"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(folder, *args):
    p = subprocess.run(["openssl", *args], cwd=folder, capture_output=True,
                       text=True, timeout=60)
    if p.returncode:
        raise AssertionError(f"openssl {args}: {p.stderr}")


def authority(folder, name):
    """NAME.pem, who vouches for others, and its NAME.key."""
    openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out",
            f"{name}.pem", "-days", DAYS, "-subj", f"/CN={name}")


def certificate(folder, name, by, address=None):
    """NAME.pem: key and certificate, for a server when it has an address."""
    openssl(folder, "req", *KEY, "-keyout", f"{name}.key", "-out",
            f"{name}.csr", "-subj", f"/O={name}/OU={name}/CN={name}")
    extra = ()
    if address:
        (folder / f"{name}.ext").write_text(f"subjectAltName={address}\n")
        extra = ("-extfile", f"{name}.ext")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem",
            "-CAkey", f"{by}.key", "-CAcreateserial", "-out", f"{name}.crt",
            "-days", DAYS, *extra)
    pem = "".join((folder / f"{name}.{x}").read_text() for x in ("key", "crt"))
    (folder / f"{name}.pem").write_text(pem)


def make(folder):
    """ca.pem; server.pem and client.pem by it; stranger.pem, who knows
    nobody, and impostor.pem by it."""
    authority(folder, "ca")
    authority(folder, "stranger")
    certificate(folder, "server", "ca", "IP:127.0.0.1")
    certificate(folder, "client", "ca")
    certificate(folder, "impostor", "stranger")
