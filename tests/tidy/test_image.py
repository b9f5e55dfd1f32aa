"""Can the image be made? There is no engine here: what the Dockerfile copies is built as the Dockerfile builds it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[2]
COPIED = re.findall(r"^COPY (.+) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)


def test_the_wheel_can_be_built_from_what_the_dockerfile_copies_and_has_the_demos_agreement(tmp_path: Path):
    for source in " ".join(COPIED).split():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, tmp_path)
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("dist/*.whl")
    assert "processor/samples/policies/policy.yaml" in ZipFile(wheel).namelist()
