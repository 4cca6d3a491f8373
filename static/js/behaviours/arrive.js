// Arriving at a page: it is remembered for the palette, and an address such as …#start or …#new-card leads to its form.
import { remember } from "signalbox/lib/recent";

const KINDS = { runs: "Run", boards: "Board", agents: "Agent", workflows: "Workflow", approvals: "Approval" };
const [noun, name, deeper] = location.pathname.split("/").filter(Boolean);

if (KINDS[noun] && name && !name.startsWith("+") && !deeper && name !== "decided" && !document.querySelector("[data-refused]")) {
  remember({ url: location.pathname, title: document.title.replace(/ · Signalbox$/, ""), kind: KINDS[noun] });
}
addEventListener("hashchange", lead);
if (document.readyState === "complete") lead();
else addEventListener("load", lead);

function lead() {
  if (location.hash === "#new-card") document.querySelector("[data-new-card]")?.click();
  // Nobody who is somewhere already is taken away from there.
  if (location.hash === "#start" && document.activeElement === document.body) document.querySelector("#start :is(input, textarea, select):not([type=hidden])")?.focus();
}
