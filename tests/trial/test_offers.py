"""What a task gives its agent besides the instruction: variables, a service at the door, plays built on plays."""

from pathlib import Path

import anyio
import pytest

from mldevbench.catalog import Catalog, Task
from mldevbench.local import local_node
from mldevbench.outcome import Outcome, TrialRecord, UserError
from mldevbench.solution import Solution
from mldevbench.spec import Limits, Named, TrialSpec
from mldevbench.trial import run_trial

FILES = {
    "task.toml": """
id = "of_a_test"
title = "Say hello to a service"
category = "smoke"
difficulty = "easy"
outputs = ["seen.txt"]
[profiles.mini]
resources = { cpus = 1, memory_gb = 1 }
services = ["echo"]
assets = { mount = ["words"] }
[profiles.mini.environment]
WORDS = "$words/hub"
SERVICE = "$door/services/echo"
PLACE = "$workspace"
OMP_NUM_THREADS = "7"
""",
    "instruction.md": "Say hello to $door/services/echo from $workspace, and write seen.txt. $words\n",
    "assets/words.py": "def build(profile, destination):\n    (destination / 'hub').write_text('a word')\n",
    "services/echo.py": """
from starlette.responses import PlainTextResponse
from starlette.routing import Route


class Service:
    def __init__(self):
        self._said = []

    def routes(self):
        async def say(request):
            self._said.append((await request.body()).decode())
            return PlainTextResponse("heard")

        return [Route("/say", say, methods=["POST"])]

    def record(self):
        return {"said": self._said}
""",
    "probe.py": "import os\n\n\ndef variables():\n    return dict(os.environ)\n\n\n"
    "def word():\n    return open(os.environ['WORDS']).read()\n",
    "grader.py": """
def grade(g):
    place, words, threads = g.files.read_text("seen.txt").split()
    with g.probe() as probe:
        inside = probe.call("variables")
        g.check("a probe sees the asset", probe.call("word") == "a word")
    g.check("agent and probe see the same places", (inside["PLACE"], inside["WORDS"]) == (place, words), inside)
    g.check("a probe has no door", "SERVICE" not in inside)
    g.check("a probe has one thread", inside["OMP_NUM_THREADS"] == "1")
    g.check("the service heard it", g.service("echo") == {"said": ["hello"]}, g.service("echo"))
    g.check("the request was noted", "/services/echo/say" in g.requests)
""",
    "solution/run.sh": 'test "$(python ask.py)" = heard\necho "$PLACE $WORDS $OMP_NUM_THREADS" > seen.txt\ncat "$WORDS"\n',
    "solution/ask.py": """
import os
from urllib.request import urlopen

print(urlopen(os.environ["SERVICE"] + "/say", data=open("greeting").read().encode()).read().decode())
""",
    "solution/greeting": "hello",
    "cheats/rude/base": "solution\n",
    "cheats/rude/greeting": "go away",
    "cheats/silent/base": "cheats/rude\n",
    "cheats/silent/run.sh": "echo '/workspace /assets/words/hub 1' > seen.txt\n",
}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    catalog = Catalog()
    catalog.add(tmp_path)
    return catalog


def play(catalog: Catalog, agent: str) -> TrialRecord:
    async def go() -> TrialRecord:
        async with local_node(isolation="bwrap") as node:
            task, named = catalog.task("of_a_test"), Named.parse(agent)
            digest = catalog.agent(named.name).digest
            spec = TrialSpec(task.id, task.digest, named, digest, None, 0, "mini", Limits())
            return (await run_trial(spec, catalog=catalog, node=node)).record

    return anyio.run(go)


def test_variables_and_services_reach_agent_probe_and_grader(catalog: Catalog) -> None:
    record = play(catalog, "oracle")
    assert record.outcome is Outcome.PASSED, record.checks or record.error
    assert record.memory_peak_bytes


@pytest.mark.parametrize(("cheat", "said"), [("rude", "go away"), ("silent", None)])
def test_a_play_on_another_one(catalog: Catalog, cheat: str, said: str | None) -> None:
    record = play(catalog, f"cheater?cheat={cheat}")
    assert record.outcome is Outcome.FAILED
    (heard,) = (check for check in record.checks if check.name == "the service heard it")
    assert heard.detail == str({"said": [said] if said else []})


def test_a_play_holds_its_bases_files_and_its_own(catalog: Catalog) -> None:
    silent = Solution.load(catalog.task("of_a_test").folder, "cheats/silent")
    assert silent.files["greeting"] == b"go away"
    assert set(silent.files) == {"ask.py", "greeting"}
    assert silent.run == FILES["cheats/silent/run.sh"]


def test_a_changed_service_is_another_task_and_an_unknown_one_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    before = catalog.task("of_a_test").digest
    (tmp_path / "services" / "echo.py").write_text(FILES["services/echo.py"] + "\n")
    assert Task(tmp_path).digest != before
    (tmp_path / "task.toml").write_text(FILES["task.toml"].replace('["echo"]', '["eccho"]'))
    with pytest.raises(UserError, match="no service is called 'eccho'"):
        _ = Task(tmp_path).digest


def test_a_variable_that_names_no_place_is_refused(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "task.toml").write_text(FILES["task.toml"].replace("$words/", "$wrods/"))
    with pytest.raises(UserError, match="'wrods' is none of words, workspace"):
        Task(tmp_path).environment("mini", {"words": "/w", "workspace": "/x"})
