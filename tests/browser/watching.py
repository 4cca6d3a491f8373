"""What a test keeps an eye on in a page: that it is never loaded again, and what its cards and steps showed."""

from __future__ import annotations

from playwright.sync_api import Page

# Keeps what every card or step showed, in order, without what is shown twice in a row.
WATCH = """
() => {
  window.neverLoadedAgain = true;
  window.shown = {};
  const note = (name, value) => {
    const seen = (window.shown[name] ??= []);
    if (value && seen.at(-1) !== value) seen.push(value);
  };
  const look = () => {
    for (const card of document.querySelectorAll("#board .task[id]")) {
      if (!card.classList.contains("pending")) note(card.id, card.closest(".col")?.dataset.name);
    }
    for (const step of document.querySelectorAll("#run-track [data-step-path]")) {
      note(step.dataset.stepPath, step.dataset.status);
    }
  };
  look();
  const changes = { subtree: true, childList: true, attributeFilter: ["data-status", "class"] };
  new MutationObserver(look).observe(document.body, changes);
}
"""


def watch(page: Page) -> None:
    """Begin to watch."""
    page.evaluate(WATCH)


def shown(page: Page, name: str) -> list[str]:
    """Return what a card or a step of a watched page has shown so far, in order."""
    assert not was_loaded_again(page)
    return list(page.evaluate("name => window.shown[name] ?? []", name))


def was_loaded_again(page: Page) -> bool:
    """Tell whether the page was loaded since it is watched: then nothing of the watch is left."""
    return page.evaluate("window.neverLoadedAgain") is not True
