// Asks the server: moves and other acts by the API, and what they changed when the socket is away.
import { board, toast } from "signalbox/board-dom";
import { refresh } from "signalbox/board-sync";

const PATIENCE = 1500;

// Returns the answer as {ok, status, body}; a server that is away is an answer too.
export async function post(path, body) {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  try {
    const answer = await fetch(`/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
    expectFrame();
    return { ok: answer.ok, status: answer.status, body: await answer.json() };
  } catch (away) {
    console.debug("the server did not answer", away);
    return { ok: false, status: 0, body: { detail: "The server did not answer; nothing was changed as far as is known." } };
  }
}

// What was refused and why; what is said of the request itself is in the detail already.
export function words(problem) {
  const said = (problem.errors ?? []).filter(({ path }) => !["column", "version", "run"].includes(path)).map((one) => [one.path, one.message].filter(Boolean).join(" ") + (one.hint ? `; ${one.hint}` : ""));
  return [problem.detail, ...said].join(" ");
}

export async function act(path, body, done) {
  const answer = await post(path, body);
  if (answer.ok) toast(done, "succeeded");
  else toast(words(answer.body), "failed");
  return answer.ok;
}

// A frame follows every change; where none comes, because the socket is away, what changed is fetched.
let expected = null;
function expectFrame() {
  clearTimeout(expected);
  expected = setTimeout(() => refresh(), PATIENCE);
}

document.addEventListener("signalbox:frame", (event) => {
  if (event.detail.topic === board?.dataset.topic) clearTimeout(expected);
});
