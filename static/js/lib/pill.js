// The live pill: live with latency, reconnecting, or stale since when. Its text changes all the time, so it is no live region;
// what a screen reader hears is said once for each change of state, beside it.
const MEANING = {
  live: "Everything shown is current. The figure is the time to the server and back.",
  reconnecting: "The connection to the server was lost a moment ago; it is being made again.",
  stale: "What is shown may be out of date since then. It is brought up to date once the server can be reached.",
};
const SAID = { live: "Live again.", reconnecting: "", stale: "The connection is lost; the page is not current." };

export function pill(state, figure) {
  const since = figure ? `stale since ${clock(figure)}` : "stale";
  show(state, { live: `live · ${figure} ms`, reconnecting: "reconnecting", stale: since }[state]);
}

// Nobody is signed in any more, so no connection will come back by itself.
export function signedOut() {
  const link = document.createElement("a");
  link.href = `/signin/?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "signed out · sign in";
  show("stale", link.textContent, link);
}

function show(state, words, content = words) {
  const element = document.querySelector("[data-live]");
  if (!element) return;
  const text = element.querySelector("[data-live-text]");
  if (text.textContent !== words) text.replaceChildren(content);
  if (element.dataset.live !== state || !element.title) tell(element, state, typeof content === "string" ? SAID[state] : "You are signed out.");
}

function tell(element, state, said) {
  // A page that becomes live for the first time, as every page does, is no news.
  const place = document.getElementById("live-says");
  if (place && said && !(state === "live" && !place.dataset.lost)) place.textContent = said;
  if (place && state === "stale") place.dataset.lost = "";
  element.dataset.live = state;
  element.title = MEANING[state];
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}
