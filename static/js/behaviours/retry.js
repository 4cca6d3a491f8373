// A page that says something is away looks every few seconds whether it is back, and is then loaded again.
import { behaviour } from "signalbox/lib/behaviours";

const EVERY = 3000;

behaviour("retry", (words) => {
  if ("reload" in words.dataset) setTimeout(() => look(words.dataset.ready), EVERY);
});

async function look(address) {
  try {
    if ((await fetch(address)).ok) return location.reload();
  } catch (away) {
    console.debug("the server is away as well", away);
  }
  setTimeout(() => look(address), EVERY);
}
