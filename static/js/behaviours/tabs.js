// Tabs by the book: arrow keys, Home and End move, the panel named by aria-controls is shown. Who fills panels hears of it.
import { behaviour } from "signalbox/lib/behaviours";

behaviour("tabs", (box) => {
  const tabs = [...box.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    for (const other of tabs) {
      const on = other === tab;
      other.setAttribute("aria-selected", String(on));
      other.tabIndex = on ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
    }
    tab.dispatchEvent(new CustomEvent("signalbox:tab", { bubbles: true, detail: { name: tab.dataset.tab } }));
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      choose(tab);
    });
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[(to + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  }
});
