"""What a browser itself measures of a page: first paint, tasks that hold it up, what jumps, how soon it answers."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page

# Runs before anything of the page does. Shifts are summed as browsers do for people: the worst five seconds.
OBSERVE = """
(() => {
  const found = (window.measured = { paint: 0, tasks: [], shifts: [], events: [] });
  const watch = (type, take, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...more });
  watch("paint", (one) => one.name === "first-contentful-paint" && (found.paint = one.startTime));
  watch("longtask", (one) => found.tasks.push([one.startTime, one.duration]));
  watch("event", (one) => one.interactionId && found.events.push(one.duration), { durationThreshold: 16 });
  watch("layout-shift", (one) => {
    if (one.hadRecentInput) return;
    const name = (node) => node?.id || node?.className?.baseVal || node?.className || node?.nodeName;
    const what = one.sources.map(({ node }) => name(node));
    found.shifts.push([one.startTime, one.value, what.join(" ")]);
  });
})();
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The figures of one page, in milliseconds; the shift is a share of the screen."""

    first_paint: float
    longest_task: float
    shift: float
    interaction: float
    shifted: tuple[str, ...]
    """What jumped."""

    def words(self) -> str:
        """Return the figures for a log."""
        return (f"first paint {self.first_paint:.0f} ms, longest task {self.longest_task:.0f} ms, "
                f"layout shift {self.shift:.3f}, slowest interaction {self.interaction:.0f} ms")  # fmt: skip


def observe(context: BrowserContext) -> None:
    """Measure every page of a browser from its beginning."""
    context.add_init_script(OBSERVE)


def measured(page: Page) -> Measured:
    """Return what was measured so far."""
    found = page.evaluate("window.measured")
    shifts = [(float(at), float(value), str(what)) for at, value, what in found["shifts"]]
    windows = [sum(value for at, value, _ in shifts if begin <= at < begin + 5000) for begin, _, _ in shifts]
    return Measured(
        first_paint=float(found["paint"]), longest_task=max((length for _, length in found["tasks"]), default=0.0),
        shift=max(windows, default=0.0), interaction=max(found["events"], default=0.0),
        shifted=tuple(f"{value:.4f} {what}" for _, value, what in shifts if value > 0.001),
    )  # fmt: skip
