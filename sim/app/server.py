"""The server of the page: what it is asked for, and what it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sim._version import __version__
from sim.app.changes import Changes, changed_by, changes_from
from sim.app.exploration import (
    Blocks,
    Exploration,
    block_of,
    comparable,
    runs_within,
    sizes_within,
    stopper,
)
from sim.app.frame import frame_of
from sim.app.guard import refusal
from sim.app.jobs import Job, Jobs, TooManyJobs
from sim.app.limits import Limits
from sim.app.opened import Opened, OpenedScenarios, description_of
from sim.app.share import result_name, shared
from sim.pages.write import report_html
from sim.plots.style_sheet import theme_css
from sim.report.why_mostly import why_mostly_sentences
from sim.results.ensemble import Ensemble
from sim.results.format import json_ready
from sim.scenario.files.errors import ScenarioError
from sim.scenario.files.variants import SET_FILE
from sim.scenario.schema import Scenario
from sim.store.ensembles import save_results
from sim.store.folder import ResultsError
from sim.studies.compare.compare import ComparisonRun
from sim.studies.why_mostly import why_mostly

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

SIZES = (200, 1000, 5000)
"""Numbers of runs at which a page shows something."""

WHY_RUNS = (1000,)
"""Runs among which those are that are looked at one by one."""

PAGE_HEADER = "x-willing-page"
"""Names the page that asks, so that its next move stops the one before."""

LONGEST_NAME, MOST_PROBLEMS = 500, 20

KINDS = {"app.js": "text/javascript", "app.css": "text/css", "favicon.svg": "image/svg+xml"}


class WrongRequestError(ValueError):
    """A request that no page of ours sends; the message says what is wrong."""

    status = 400


class TooLargeError(WrongRequestError):
    """A request for more than the server grants."""

    status = 413


class PageServer:
    """What a server keeps: the scenarios that are open, their runs, the jobs of its pages.

    Parameters
    ----------
    opened : OpenedScenarios
    name : str
        Of the scenario that a page shows first.
    seed : int
    sizes : tuple of int
        Numbers of runs at which a page shows something, ascending.
    out : Path
        Folder in which results are saved.
    limits : Limits, optional
    """

    def __init__(
        self,
        opened: OpenedScenarios,
        name: str,
        seed: int = 0,
        sizes: tuple[int, ...] = SIZES,
        out: Path = Path("results"),
        limits: Limits = Limits(),  # noqa: B008 (frozen)
    ) -> None:
        self.opened, self.name, self.seed, self.sizes, self.out = opened, name, seed, sizes, out
        self.limits, self.kept, self.jobs = limits, Blocks(limits.kept), Jobs(limits.at_once)
        self.app = Starlette(
            routes=[
                Route("/", self.page),
                *(Route(f"/{name}", self.static) for name in KINDS),
                Route("/theme.css", self.theme),
                Route("/api/start", self.start),
                Route("/api/scenario", self.scenario),
                Route("/api/run", Streamed(self, self.run_steps)),
                Route("/api/why", Streamed(self, self.why_steps)),
                Route("/api/save", Streamed(self, self.save_steps)),
                Route("/api/report", Streamed(self, self.report_steps)),
                Route("/api/share", self.share, methods=["POST"]),
            ],
            exception_handlers={
                ScenarioError: wrong_scenario,
                WrongRequestError: wrong_request,
                ResultsError: wrong_request,
                OSError: wrong_request,
                Exception: a_bug,
                MemoryError: no_memory,
            },
        )

    async def page(self, request: Request) -> Response:
        """The page itself; with a key if it stands in a frame."""
        text = files("sim.app").joinpath("static/index.html").read_text(encoding="utf-8")
        return HTMLResponse(text.replace("{key}", request.scope.get("key", "")))

    async def static(self, request: Request) -> Response:
        """A file of the page."""
        name = request.url.path.lstrip("/")
        content = files("sim.app").joinpath(f"static/{name}").read_bytes()
        return Response(content, media_type=KINDS[name])

    async def theme(self, _: Request) -> Response:
        """The colours of figures."""
        return Response(theme_css(), media_type="text/css")

    async def start(self, _: Request) -> Response:
        """What can be opened, and what is shown first."""
        names = await run_in_threadpool(self.opened.names)
        first = {"name": self.name, "seed": str(self.seed), "sizes": self.sizes}
        return JSONResponse({**names, **first, "version": __version__})

    async def scenario(self, request: Request) -> Response:
        """A scenario with its levers, read anew."""
        name = request.query_params.get("name", self.name)
        if len(name) > LONGEST_NAME or "\0" in name:
            raise WrongRequestError("name: it is no name of a scenario")
        opened = await run_in_threadpool(self.opened.open, name)
        found = await run_in_threadpool(description_of, name, opened)
        return JSONResponse(found)

    def run_steps(self, asked: dict[str, Any], stop: Event) -> Iterator[dict[str, Any]]:
        """The frames of a run that a page asks for."""
        opened, changes = self._asked(asked)
        base = changed_by(opened.scenario, _changes(asked.get("base", {})))
        changed = changed_by(opened.scenario, changes)
        sizes = self._sizes(asked, base, changed)
        for found in Exploration(base, changed, self._seed(asked), sizes).steps(self.kept, stop):
            yield frame_of(found, sizes[-1])

    def why_steps(self, asked: dict[str, Any], stop: Event) -> Iterator[dict[str, Any]]:
        """Why a nation came in or stayed out in most runs: one answer."""
        opened, changes = self._asked(asked)
        changed, seed = changed_by(opened.scenario, changes), self._seed(asked)
        nation = asked.get("nation")
        if nation not in [each.id for each in changed.nations]:
            raise WrongRequestError("nation: the scenario has none of that id")
        (n_runs,) = sizes_within(WHY_RUNS, most_runs(changed, self.limits))
        ensemble = block_of(changed, seed, range(n_runs), stop)

        found = why_mostly(ensemble, str(nation), progress=stopper(stop))
        n_shown = self._sizes({}, changed)[-1]  # as many as would be saved
        command = shared(opened.given, opened.scenario, changes, seed, n_shown, self.out)
        line = (command.without_file or command.command).replace("willing run ", "willing why ", 1)
        line = line.partition(" --runs ")[0]
        run = found.runs[0].trace.run
        yield {
            "words": why_mostly_sentences(found),
            "command": f"{line} --seed {seed} --run {run} --nation {nation}",
            "how": "" if command.without_file else f"{command.how} (Share and save)",
        }

    def save_steps(self, asked: dict[str, Any], stop: Event) -> Iterator[dict[str, Any]]:
        """Write the runs of a page into a folder, as `willing run` does: one answer."""
        name, _, ensemble = self._saved(asked, stop)
        # A folder of that name holds the same runs, or those of another version.
        save_results(ensemble, self.out / name, overwrite=True)
        yield {"folder": (self.out / name).as_posix()}

    def report_steps(self, asked: dict[str, Any], stop: Event) -> Iterator[dict[str, Any]]:
        """A report of the runs of a page, with what its changes do: one answer."""
        name, scenario, ensemble = self._saved(asked, stop)
        results: list[object] = [ensemble]
        held = _changes(asked.get("base", {}))
        base = changed_by(scenario, held)
        label = "as it was opened" if base.digest == scenario.digest else "as it was held"
        pair = comparable(base, ensemble.scenario)
        if ensemble.scenario.digest != base.digest and pair is not None:
            self._sizes({"runs": [ensemble.n_runs]}, base)
            sides = {label: base, "as changed": ensemble.scenario}
            work = ComparisonRun(sides, ensemble.n_runs, ensemble.seed)
            work.run(stopper(stop))
            results.append(work.done())
        yield {"file": f"{name}.html", "html": report_html(results)}

    def _saved(self, asked: dict[str, Any], stop: Event) -> tuple[str, Scenario, Ensemble]:
        """A name for the runs of a page, the scenario as it was opened, and the runs."""
        opened, changes = self._asked(asked)
        changed, seed = changed_by(opened.scenario, changes), self._seed(asked)
        n_runs = self._sizes({"runs": [asked.get("runs")]}, changed)[0]
        ensemble = block_of(changed, seed, range(n_runs), stop)
        found = shared(opened.given, opened.scenario, changes, seed, n_runs, self.out)
        ensemble.command = found.without_file or found.command
        name = result_name(opened.given, changed.digest, seed, n_runs)
        return name, opened.scenario, ensemble

    async def share(self, request: Request) -> Response:
        """A changed scenario as a file and as commands."""
        asked = await asked_by(request.scope, request.receive, self.limits)
        opened, changes = self._asked(asked)
        seed, changed = self._seed(asked), changed_by(opened.scenario, changes)
        runs = self._sizes({"runs": [asked.get("runs", self.sizes[-1])]}, changed)[0]
        found = await run_in_threadpool(
            shared, opened.given, opened.scenario, changes, seed, runs, self.out
        )
        return JSONResponse(found._asdict())

    def _asked(self, asked: dict[str, Any]) -> tuple[Opened, Changes]:
        """The scenario and the changes that a request is about."""
        try:
            opened = self.opened.get(str(asked.get("scenario")))
        except KeyError:
            raise WrongRequestError(
                "the scenario is not open any more: load the page again"
            ) from None
        return opened, _changes(asked.get("changes", {}))

    def _seed(self, asked: dict[str, Any]) -> int:
        text = str(asked.get("seed", self.seed))
        seed = int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else -1
        if not 0 <= seed < 2**64:
            raise WrongRequestError("seed: it must be a whole number from 0 to 2**64 - 1")
        return seed

    def _sizes(self, asked: dict[str, Any], *scenarios: Scenario) -> tuple[int, ...]:
        """Numbers of runs that are asked for, as many as memory is granted for."""
        wanted = asked.get("runs", list(self.sizes))
        are_whole = isinstance(wanted, list) and all(type(each) is int for each in wanted)
        if not are_whole or not wanted or wanted != sorted({*wanted}) or wanted[0] < 1:
            raise WrongRequestError("runs: they must be whole numbers from 1 on, ascending")
        if wanted[-1] > self.limits.runs:
            raise TooLargeError(f"runs: {wanted[-1]:,} are more than {self.limits.runs:,}")
        most = min(most_runs(each, self.limits) for each in scenarios)
        return sizes_within(wanted, most)


def _changes(given: object) -> Changes:
    try:
        return changes_from(given)
    except ValueError as error:
        raise WrongRequestError(str(error)) from None


def most_runs(scenario: Scenario, limits: Limits) -> int:
    """As many runs of a scenario as memory is granted for.

    Raises
    ------
    TooLargeError
        There is none for a single one.
    """
    most = runs_within(scenario, limits.a_scenario)
    if most < 1:
        raise TooLargeError("the scenario is too large for a page: use `willing run`")
    return most


class Streamed:
    """An answer in lines of JSON, each sent as soon as it is found, until nobody listens.

    Parameters
    ----------
    server : PageServer
    steps : callable
        Of what is asked and the event that asks it to stop: yields what makes a line.
    """

    def __init__(
        self, server: PageServer, steps: Callable[[dict[str, Any], Event], Iterator[Any]]
    ) -> None:
        self._server, self._steps = server, steps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            await Response(status_code=405)(scope, receive, send)
            return
        asked = await asked_by(scope, receive, self._server.limits)
        # Its other jobs, such as a question about a nation, go on.
        page, job = Request(scope).headers.get(PAGE_HEADER, "")[:100], Job()
        listening = asyncio.create_task(_until_gone(receive, job))
        has_begun = False
        try:
            async for line in self._server.jobs.results(page, job, self._lines(asked)):
                if not has_begun:
                    has_begun = True
                    await send(_head())
                await send({"type": "http.response.body", "body": line, "more_body": True})
        except TooManyJobs:
            answer = refusal(429, "too many pages are at work at once: wait a moment")
            await answer(scope, receive, send)
            return
        except (ScenarioError, WrongRequestError, ResultsError, MemoryError, OSError) as error:
            if not has_begun:
                raise
            line = json.dumps({"error": str(error)}).encode() + b"\n"
            await send({"type": "http.response.body", "body": line, "more_body": True})
        finally:
            listening.cancel()
        if not has_begun:  # stopped before anything was found
            await send(_head())
        await send({"type": "http.response.body", "body": b""})

    def _lines(self, asked: dict[str, Any]) -> Callable[[Event], Iterator[bytes]]:
        def lines(stop: Event) -> Iterator[bytes]:
            for item in self._steps(asked, stop):
                yield json.dumps(json_ready(item), allow_nan=False).encode() + b"\n"

        return lines


def _head() -> dict[str, Any]:
    headers = [(b"content-type", b"application/x-ndjson")]
    return {"type": "http.response.start", "status": 200, "headers": headers}


async def _until_gone(receive: Receive, job: Job) -> None:
    """Stop a job as soon as whoever asked for it has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    job.stop.set()


async def asked_by(scope: Scope, receive: Receive, limits: Limits) -> dict[str, Any]:
    """What the body of a request asks for.

    Raises
    ------
    WrongRequestError
        It is no JSON object, or too large.
    """
    request = Request(scope, receive)
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise WrongRequestError("the body must be JSON")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > limits.body:
            raise TooLargeError(f"the request has more than {limits.body:,} bytes")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        raise WrongRequestError("the body must be JSON") from None
    if not isinstance(asked, dict):
        raise WrongRequestError("the body must be a JSON object")
    return asked


def problems_text(error: ScenarioError) -> str:
    """Problems of a scenario, a line each; what a page has set stands in no file."""
    shown = error.problems[:MOST_PROBLEMS]
    return "\n".join(
        str(replace(each, file="") if each.file == SET_FILE else each) for each in shown
    )


async def wrong_scenario(_: Request, error: Exception) -> Response:
    """The answer where a scenario is wrong: every problem, with its file and line."""
    assert isinstance(error, ScenarioError)
    return refusal(400, problems_text(error))


async def wrong_request(_: Request, error: Exception) -> Response:
    """The answer to a request that is wrong."""
    return refusal(getattr(error, "status", 400), str(error))


async def a_bug(_: Request, error: Exception) -> Response:
    """The answer where the server is at fault; uvicorn prints the rest in the terminal."""
    message = f"the server failed ({type(error).__name__}): see the terminal of `willing app`"
    return refusal(500, message)


async def no_memory(_: Request, error: Exception) -> Response:
    """The answer where memory is too little."""
    return refusal(507, str(error) or "there is too little memory")
