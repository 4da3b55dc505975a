"""How long it takes to scan a large tree, beside ripgrep and semgrep looking for the same stems.

    python -m tests.bench.bench_scan [--files 20000] [--runs 5] [--keep FOLDER]

Makes a tree of source files of many languages, about 9 KB each, with 40 planted uses of the API, an
ignored folder and some binaries. Then whole processes are measured in turn, so that a busy machine is
busy for all of them; medians are printed. What each one gets is the same: the same stems, without regard
to case, ignore files honoured, hidden files included, as many threads or processes as there are cores,
and the tree in the cache. The search must find the files that ripgrep finds; `coinglass-audit scan`
parses and judges them on top of that and must find every planted use. semgrep takes part where it is on
the PATH or named by the variable SEMGREP, on a tree of one tenth, since it takes so long. Exits 1 where
the command takes more than twice as long as ripgrep or is less than 20 times as fast as semgrep.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from audit.scan.prefilter import stems_from
from audit.spec.catalog import load
from audit.spec.legacy import load_legacy

LIMIT = 2.0
SEMGREP_LIMIT = 20.0
COMMAND = "coinglass-audit scan"
MEAN_BYTES = 9000
MEAN_LINE = 45
PLANTED = 40

SEARCH = """
from audit.scan.files import walk
from audit.scan.pool import Done, Job, scan_files
from audit.scan.prefilter import Prefilter
def work(path, raw): return None
def main():
    job = Job(work, Prefilter(open(sys.argv[1]).read().splitlines()))
    for result in scan_files(walk(sys.argv[2:]), job):
        if isinstance(result, Done):
            print(result.path)
"""
SCAN = "from audit.__main__ import main"
RUN = "\nimport sys\nif __name__ == '__main__': main()"

# The system counts what this process held before it became another one; this does not.
PEAK = """
import atexit, re, resource, sys
def told():
    own = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
    sys.stderr.write(f"peak {max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)}\\n")
atexit.register(told)
"""

WORDS = """
address alert amount array async average bar base batch begin block book buffer cache call
candle change channel chart check child class clean client clock close code collect column commit common
config connect context control convert copy count create cursor data date debug decode default delete
depth detail device diff direct display document domain download draw drop edit element empty encode end
engine entry error event export fetch field figure file filter find flag flow format frame front function
gateway graph group guard handle hash head height helper history host icon image import info init input
insert instance invoice item iterate join key label language last launch layer layout leaf left length
level library limit line link list listen load local lock log loop main make manager map margin mask
match matrix max member memory merge message method metric min mode model module monitor month mount move
name native net node note notify number object offset open order origin output owner package page pair
panel part patch path pattern pause payload peer pending pixel place plan player plugin point policy pool
port position post prepare print process product profile project promise property proxy public push
quantity query queue quote random range rate ratio read record reduce region reject release reload remote
remove render repeat replace report request reset resize resolve resource response result retry return
reverse right role root rotate route row rule run sample save scale scan schedule schema scope score
screen script search section select send sequence series server service session set shape share sheet
shift signal size skip slice slot socket sort source span split stack stage start state status step store
stream string style submit summary supply support switch symbol sync system table tag target task team
template tensor test text theme thread tick time title token tool top total trace track trade transfer
transform tree trigger type unit update upload usage value vector version video view wait watch week
weight widget width window worker wrapper write year zone
""".split()  # noqa: SIM905 - a list of so many words would be a column a yard long

# Lines of each language; a to d are words, A to D the same with a capital, n is a number.
LINES = {
    "py": (
        "    def {a}_{b}(self, {c}: str, {d}: int = {n}) -> dict[str, float]:",
        "        {a} = self._{b}.{c}({d}, {a}_{d}={n})",
        "        if {a} is None or {b}[{c}] > {n}:",
        '    """Return the {a} of every {b}, the {c} first."""',
        "from {a}.{b}.{c} import {D}{A}, {d}",
        "# The {a} is kept until the {b} has its {c}; see {d}/{a}.",
        "    for {a} in sorted({b}, key=lambda {c}: {c}.{d}):",
        "        self.{a} = {b}({c}=self.{d}, {a}={n})",
        "            raise {A}Error(f'{b} {{{c}}} has no {d}')",
        "",
    ),
    "js": (
        "  const {a} = await {b}.{c}({{ {d}: '{a}', {c}: {n} }});",
        "import {{ {A}{B} }} from '../{c}/{d}';",
        "  if (!{a} || {b}.{c} === '{d}-{a}') {{",
        "    return {a}.{b}(({c}) => {c}.{d} + {n});",
        "  }}",
        "// {a} before {b}, unless the {c} is a {d}",
        "  {a}.set('{b}', `/{c}/${{{d}}}/{a}`);",
        "  const {{ {a}, {b} }} = this.{c}.{d}();",
        "    this.{a} = new {B}{C}({d}, {{ {a}: {n} }});",
        "  for (const {a} of {b}.{c}) {d}.push({a});",
    ),
    "ts": (
        "  private readonly {a}: Map<string, {B}{C}> = new Map();",
        "export interface {A}{B} {{ {c}: number; {d}?: string }}",
        "import type {{ {A} }} from '@{b}/{c}-{d}';",
        "  public get {a}(): {B}{C} | undefined {{ return this.{d}; }}",
        "    const {a}: {B}[] = {c}.map(({d}) => {d}.{a} ?? {n});",
    ),
    "go": (
        "func ({a} *{B}) {C}({d} string) (*{A}{D}, error) {{",
        '\tif err != nil {{ return nil, fmt.Errorf("{a} {b}: %w", err) }}',
        '\t"github.com/{a}/{b}-{c}/{d}"',
    ),
    "json": (
        '  "{a}": {{ "{b}": "{c}", "{d}": {n} }},',
        '  "{a}_{b}": [{n}, "{c}", null, true, "{d}"],',
        '  "resolved": "https://registry.example.org/{a}/-/{a}-{n}.0.1.tgz",',
    ),
    "md": (
        "The {a} of a {b} is its {c}, and {d} follows from the {a}.",
        "- [{a} {b}](../{c}/{d}.md) shows how a {b} is {c}",
        "Every {b} has a {c}, which the {d} takes from its {a} unless {n} of them are left.",
        "Call `{a}.{b}({c})` before the {d}; a {a} without {b} is an error.",
        "## {A} and {B}",
    ),
    "css": (".{a}-{b} > .{c}__{d} {{", "  {a}-{b}: {n}px;", "}}"),
    "html": (
        '<div class="{a}-{b}" id="{c}"><a href="/{d}/{a}">{B}</a></div>',
        "  <p>The {a} {b} has {n} {c}s.</p>",
        '<input type="{a}" name="{b}" value="{n}" data-{c}="{d}">',
    ),
    "java": (
        "    public {A}{B} get{C}({D} {d}) {{",
        "        return {a}.{b}({c}).orElse({n});",
        "    /** {A} of the {b}. */",
    ),
    "yaml": ("{a}-{b}:", "  {c}: {d}", "    path: {c}/{d}", "    # {a} for {b}"),
    "sql": ("SELECT {a}.{b}, SUM({c}) AS {d} FROM {b} WHERE {d} > {n};", "-- {a} {b}"),
}


def make_tree(root: Path, files: int, urls: list[str]) -> int:
    """Write the tree, the same each time, with ``urls`` planted; return its size in bytes."""
    chance = random.Random(7)
    pools = {language: [_line(chance, lines) for _ in range(3000)] for language, lines in LINES.items()}
    folders = [
        root.joinpath(*chance.choices(WORDS, k=chance.randint(1, 5)), f"part{number}")
        for number in range(max(1, files // 16))
    ]
    for folder in (*folders, root / ".git", root / "build"):
        folder.mkdir(parents=True, exist_ok=True)
    (root / ".gitignore").write_text("*.log\nbuild/\n/dist\n.env\n", encoding="utf-8")
    raw_sizes = [chance.lognormvariate(0, 1.2) for _ in range(files)]
    scale = MEAN_BYTES * files / sum(raw_sizes)
    planted = set(chance.sample(range(files), PLANTED))
    total = 0
    for number, share in enumerate(raw_sizes):
        language = chance.choice(list(LINES))
        size = min(max(20, int(share * scale)), 1_500_000)
        lines = chance.choices(pools[language], k=size // MEAN_LINE + 1)
        if number in planted:
            # At the top, since what follows is no program that would parse.
            lines.insert(0, f'get("{chance.choice(urls)}")')
        raw = "\n".join([*lines, ""]).encode()
        name = f"{chance.choice(WORDS)}_{number}.{language}"
        (chance.choice(folders) / name).write_bytes(raw)
        total += len(raw)
    for number in range(files // 200):
        (root / "build" / f"{number}.js").write_text(f"{urls[number % len(urls)]}\n", encoding="utf-8")
        (chance.choice(folders) / f"image{number}.png").write_bytes(b"\x89PNG\0" + chance.randbytes(5000))
    return total


def _line(chance: random.Random, lines: tuple[str, ...]) -> str:
    words = dict(zip("abcd", chance.choices(WORDS, k=4), strict=True))
    capitals = {letter.upper(): word.title() for letter, word in words.items()}
    return chance.choice(lines).format(**words, **capitals, n=chance.randrange(10000))


@dataclass
class Command:
    """One contender: what it found, seconds and seconds of processor time; ``code`` is Python to run."""

    name: str
    arguments: list[str]
    code: str | None = None
    lists_files: bool = False
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    found: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Run the whole process once."""
        line = [sys.executable, "-c", self.code + RUN] if self.code else []
        with tempfile.TemporaryFile() as out:
            start = time.perf_counter()
            process = subprocess.Popen([*line, *self.arguments], stdout=out, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - start)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            if self.lists_files:
                self.found = set(out.read().decode().splitlines())
        self.cpu.append(usage.ru_utime + usage.ru_stime)

    def peak(self) -> str:
        """Run it once more and return the memory of its largest process."""
        if self.code is None:
            return ""
        line = [sys.executable, "-c", PEAK + self.code + RUN, *self.arguments]
        told = subprocess.run(line, capture_output=True, text=True, check=False).stderr
        kilobytes = re.search(r"^peak (\d+)$", told, re.MULTILINE)
        return f"{int(kilobytes[1]) / 1024:6.1f} MB" if kilobytes else "?"

    def median(self) -> float:
        """Median of the seconds."""
        return statistics.median(self.seconds)


def contenders(tree: Path, stems: Path) -> list[Command]:
    """Everything that can be measured here; says what cannot."""
    found = [
        Command(COMMAND, ["scan", "--format", "json", "--quiet", str(tree)], SCAN),
        Command("the search alone", [str(stems), str(tree)], SEARCH, lists_files=True),
    ]
    if shutil.which("rg"):
        options = ["-j", str(len(os.sched_getaffinity(0))), "-l", "-i", "-F", "--hidden", "-f", str(stems)]
        found.append(Command("ripgrep", ["rg", *options, str(tree)], lists_files=True))
    else:
        print("ripgrep is not installed: no ratio (Debian package ripgrep)")
    return found


def semgrep(tree: Path, stems: Path) -> Command | None:
    """Semgrep with one rule for all stems; None where it is not at hand."""
    program = os.environ.get("SEMGREP") or shutil.which("semgrep")
    if program is None:
        print("semgrep is not at hand: left out (name it with the variable SEMGREP)")
        return None
    expression = "|".join(re.escape(stem) for stem in stems.read_text(encoding="utf-8").splitlines())
    rule = stems.with_name("rule.yaml")
    rule.write_text(
        "rules:\n- id: stems\n  languages: [regex]\n  severity: INFO\n  message: found\n"
        f"  pattern-regex: '(?i)(?:{expression})'\n",
        encoding="utf-8",
    )
    options = ["--metrics=off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json"]
    cores = str(len(os.sched_getaffinity(0)))
    return Command("semgrep", [program, "scan", *options, "-j", cores, "--config", str(rule), str(tree)])


def measure(commands: list[Command], runs: int) -> None:
    """Run each once to fill the cache, then all of them in turn."""
    for command in commands:
        command.run()
        command.seconds.clear()
        command.cpu.clear()
    for _ in range(runs):
        for command in commands:
            command.run()


def compare(commands: list[Command], other: str) -> float | None:
    """Print the times beside those of ``other``; return how many times as long the first one takes."""
    beside = next((one for one in commands if one.name == other), None)
    for one in commands:
        ratio = f"{one.median() / beside.median():6.2f} x {other}" if beside else ""
        cpu = statistics.median(one.cpu)
        times = f"{one.median() * 1000:8.0f} ms {cpu * 1000:8.0f} ms of processor"
        print(f"  {one.name:<22}{times} {one.peak():>12}  {ratio}")
    if beside is None:
        return None
    # In turn means in pairs: a pair was measured under the same load.
    pairs = [ours / theirs for ours, theirs in zip(commands[0].seconds, beside.seconds, strict=True)]
    print(f"  pair by pair: {min(pairs):.3g} to {max(pairs):.3g}, median {statistics.median(pairs):.3g}")
    return statistics.median(pairs)


def verify(commands: list[Command], tree: Path) -> bool:
    """Whether the search finds what ripgrep finds, and the command every planted use."""
    _, search, *others = commands
    told = subprocess.run(
        [sys.executable, "-m", "audit", "scan", "--format", "json", "--quiet", str(tree)],
        capture_output=True,
        check=False,
    ).stdout
    uses = len(json.loads(told)["uses"])
    print(f"  planted {PLANTED}, found {uses} uses in {len(search.found)} files")
    for other in others:
        if other.found != search.found:
            print(f"  NOT EQUAL: {sorted(other.found ^ search.found)[:5]}")
            return False
    return uses == PLANTED


def main() -> int:
    """Make the trees, measure, print; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="make the trees here and leave them")
    options = parser.parse_args()
    spec = load()
    stems = stems_from(spec, load_legacy(spec.folder))
    urls = [spec.provider.base_url + operation.path for operation in spec.operations.values()]
    place = options.keep or Path(tempfile.mkdtemp(prefix="bench-scan-"))
    place.mkdir(parents=True, exist_ok=True)
    # What is installed is compiled once; a checkout that Python may not write to would be at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(place / "compiled")
    (place / "stems.txt").write_text("\n".join(stems) + "\n", encoding="utf-8")
    right = True
    try:
        for files in (options.files, max(PLANTED, options.files // 10)):
            tree = place / f"tree{files}"
            size = 0 if tree.exists() else make_tree(tree, files, urls)
            print(f"{files} files, {size / 1e6:.0f} MB, {len(stems)} stems")
            commands = contenders(tree, place / "stems.txt")
            measure(commands, options.runs)
            right &= verify(commands, tree)
            if files == options.files:
                right &= (compare(commands, "ripgrep") or 0) <= LIMIT
                continue
            compare(commands, "ripgrep")
            rival = semgrep(tree, place / "stems.txt")
            if rival is not None:
                both = [commands[0], rival]
                measure(both, 1)
                right &= (compare(both, "semgrep") or 0) <= 1 / SEMGREP_LIMIT
    finally:
        if options.keep is None:
            shutil.rmtree(place)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
