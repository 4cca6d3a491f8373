// Taking a card over and handing it back, from its drawer: by the API, which asks what should become of a live run.
import { post, words } from "signalbox/board-api";
import { choose } from "signalbox/board-choices";
import { say, toast } from "signalbox/board-dom";

const DONE = { "take-over": "Taken over", "hand-back": "Handed back" };
const drawer = document.getElementById("drawer");

drawer?.addEventListener("click", async ({ target }) => {
  const button = target.closest("button[data-hand]");
  if (!button) return;
  button.disabled = true;
  await hand(button.dataset.hand, drawer.querySelector("[data-drawer-card]").dataset.drawerCard, Number(button.dataset.version));
  button.disabled = false;
});

async function hand(act, id, version, run) {
  const answer = await post(`/cards/${id}/${act}`, run ? { version, run } : { version });
  if (answer.ok) {
    toast(DONE[act], "succeeded");
    return say(answer.body.why);
  }
  if (!answer.body.choices) return toast(words(answer.body), "failed");
  const chosen = await choose(answer.body, document.getElementById("drawer-title").textContent);
  if (chosen) await hand(act, id, version, chosen);
}
