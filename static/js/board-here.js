// Says who else has this board open. Asked for now and then; where nobody knows, nothing is shown.
const EVERY = 10000;
const box = document.getElementById("board-here");
const MOST = 4;

async function ask() {
  if (document.visibilityState === "hidden") return;
  const answer = await fetch(box.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.ok) show((await answer.json()).here ?? []);
}

function show(names) {
  box.hidden = names.length < 2;
  const faces = names.slice(0, MOST).map((name) => Object.assign(document.createElement("span"), { className: "av", textContent: name.slice(0, 2), title: name, ariaHidden: "true" }));
  const words = Object.assign(document.createElement("small"), { textContent: `${names.length} people here`, title: names.join(", ") });
  box.replaceChildren(...faces, words);
}

if (box) {
  ask();
  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", ask);
}
