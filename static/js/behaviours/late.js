// The answer to an act brings fragments of the page as it was when the act was done. The socket may have shown later ones
// by now, so they go the same way as what it brings: only what is newer is shown.
import { start } from "signalbox/lib/behaviours";
import { swap } from "signalbox/lib/fragments";
import { shown } from "signalbox/live";

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.serverResponse?.includes("data-fragment")) return;
  const holder = document.createElement("template");
  holder.innerHTML = detail.serverResponse;
  const parts = [...holder.content.querySelectorAll("[data-fragment]")];
  for (const part of parts) part.remove();
  detail.serverResponse = holder.innerHTML;
  for (const part of parts) show(part.dataset, part.innerHTML);
});

function show({ fragment, topic, n, v }, html) {
  if (Number(n) < shown(topic)) return;
  for (const element of swap({ n: Number(n), fragments: [{ id: fragment, v, html }] })) start(element);
}
