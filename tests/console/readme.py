#!/usr/bin/python3
"""Does the README tell the truth? Writes its first scenario to a file and runs every `build/meshsim` line it shows.

  readme.py --meshsim build/meshsim

Each command has to succeed and to say something; `--out` has to leave a directory that tools/plot.py can draw. The
scenarios of docs/from-your-mesh.md have to be valid ones, without a warning.
"""
import argparse
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(text):
    lines = [line.split("  #")[0].strip() for block in blocks(text, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("build/meshsim ")]


def run(command, folder, target=""):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
    if done.returncode != 0 or not (done.stdout + done.stderr).strip():
        return f"{' '.join(map(str, command))}\n  exit code {done.returncode}: {done.stdout[-800:]}{done.stderr[-800:]}"
    if target:
        (folder / target).write_text(done.stdout, encoding="utf-8")
    return None


def main():
    parser = argparse.ArgumentParser(description="Runs what the README shows.")
    parser.add_argument("--meshsim", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    scenario, shown = blocks(readme, "yaml"), commands(readme)
    if len(scenario) != 1 or len(shown) < 3:
        raise SystemExit(f"README.md shows {len(scenario)} scenarios and {len(shown)} commands")

    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "shop.yaml").write_text(scenario[0], encoding="utf-8")
        for line in shown:
            words, _, target = line.partition(" > ")
            problems.append(run([arguments.meshsim.resolve(), *shlex.split(words)[1:]], folder, target.strip()))
            print(line)
        translated = blocks((ROOT / "docs/from-your-mesh.md").read_text(encoding="utf-8"), "yaml")
        for text in translated:
            (folder / "translated.yaml").write_text(text, encoding="utf-8")
            problems.append(run([arguments.meshsim.resolve(), "validate", "--strict", "translated.yaml"], folder))
        if not translated:
            problems.append("docs/from-your-mesh.md shows no scenario")
        problems.append(run(["/usr/bin/python3", ROOT / "tools/plot.py", "shop/"], folder))
        if not list(folder.glob("shop/**/*.png")):
            problems.append("tools/plot.py left no picture")
    problems = [problem for problem in problems if problem]
    for problem in problems:
        print("FAILED " + problem)
    print(f"{len(shown) + 1} commands, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
