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
  } catch (away) {
    console.debug("whose approvals these are is not known while the server is away", away);
  } finally {
    asking = null;
  }
}

function count(box) {
  box.querySelector("[data-count-mine]").textContent = box.querySelectorAll("a.ask[data-mine]").length;
  box.querySelector("[data-count-all]").textContent = box.querySelectorAll("a.ask").length;
}
