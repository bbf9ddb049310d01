"""Ten minutes of requests that the live page's server describes, and of others: none may be answered by a 5xx.

Schemathesis reads ``/api/openapi.json`` of a server that it is given a token for, and makes requests of it: right ones,
ones at the limits of what is right, wrong ones, and ways that the description does not have. Every answer must have a
status, a type and a form that the description names; a request without the token must be refused.

    python benchmarks/openapi.py
    python benchmarks/openapi.py --seconds 60
"""

import argparse
import subprocess
import sys
from pathlib import Path

from environments import PLACE, python_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "serving"))

from storm import served

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"),
    *("unsupported_method", "ignored_auth"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    python = python_of("schemathesis")
    if python is None:
        return 1
    with served("--host", "0.0.0.0", "--workers", "2") as server:
        address = f"http://127.0.0.1:{server.port}"
        command = [
            *(str(Path(python).with_name("st")), "run", f"{address}/api/openapi.json", "--no-color", "--seed", "0"),
            *("--header", f"Authorization: Bearer {server.token}", "--checks", ",".join(CHECKS)),
            *("--max-time", str(options.seconds), "--continue-on-failure", "--request-timeout", "60", "--workers", "2"),
            *("--max-examples", "1000000", "--generation-database", "none"),
        ]
        code = subprocess.run(command, check=False, cwd=PLACE).returncode
        complaints = server.complaints.read_text()
    print(complaints, end="")
    return 1 if code or "error:" in complaints else 0


if __name__ == "__main__":
    sys.exit(main())
