// The live pill: live with latency, reconnecting, or stale since when.
export function pill(state, figure, words = "") {
  const element = document.querySelector("[data-live]");
  if (!element) return;
  if (element.dataset.live !== state) element.dataset.live = state;
  const text = element.querySelector("[data-live-text]");
  const since = () => new Date(figure).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  const said = words || { live: `live · ${figure} ms`, reconnecting: "reconnecting", stale: figure ? `stale since ${since()}` : "stale" }[state];
  if (text.textContent !== said) text.textContent = said;
}
