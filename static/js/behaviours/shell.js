// Keeps the personal parts of the shell current: counts in the navigation and the pill of what needs you. A frame of the topic
// `shell` says that something changed; what it means for this person is a small request of its own, at most one a second.
import { morphInto } from "signalbox/lib/morph";

let waiting = null;

document.addEventListener("signalbox:frame", (event) => {
  if (event.detail.topic === "shell") waiting ??= setTimeout(refresh, 250);
});

async function refresh() {
  const nav = document.getElementById("nav");
  const here = encodeURIComponent(location.pathname);
  try {
    const answer = await fetch(`/shell/?at=${here}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || !nav) return;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    for (const fresh of [...holder.content.children]) {
      const old = document.getElementById(fresh.id);
      if (old) morphInto(old, fresh);
    }
  } catch (away) {
    console.debug("counts are not refreshed while the server is away", away);
  } finally {
    setTimeout(() => (waiting = null), 750);
  }
}
