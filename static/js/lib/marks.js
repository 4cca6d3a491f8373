// Which open approvals are this person's. The list is the same for everyone, so each browser asks for its own marks, at most
// once for every change it sees.
let asking = null;

export function marks(box) {
  count(box);
  asking ??= setTimeout(() => ask(box), 150);
}

async function ask(box) {
  try {
    const answer = await fetch(box.dataset.mineUrl, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const mine = new Set((await answer.json()).mine.map(String));
    for (const row of box.querySelectorAll("a.ask")) row.toggleAttribute("data-mine", mine.has(row.dataset.approvalId));
    count(box);
    document.dispatchEvent(new CustomEvent("signalbox:marked"));
  } catch (away) {
    console.debug("whose approvals these are is not known while the server is away", away);
  } finally {
    asking = null;
  }
}

const DAY = 86400000;

function count(box) {
  const all = [...box.querySelectorAll("a.ask")];
  for (const row of all) row.toggleAttribute("data-soon", row.dataset.due !== undefined && Date.parse(row.dataset.due) - Date.now() < DAY);
  box.querySelector("[data-count-soon]").textContent = all.filter((row) => row.hasAttribute("data-soon")).length;
  box.querySelector("[data-count-mine]").textContent = box.querySelectorAll("a.ask[data-mine]").length;
  box.querySelector("[data-count-all]").textContent = box.querySelectorAll("a.ask").length;
}
