// What this person opened lately, kept in this browser, the latest first: for the command palette.
const MOST = 8;
const place = () => `signalbox.recent.${document.body.dataset.me}`;

export function recent() {
  try {
    return JSON.parse(localStorage.getItem(place()) ?? "[]").filter(({ url, title }) => url?.startsWith("/") && title);
  } catch (unreadable) {
    console.debug("what was opened lately cannot be read", unreadable);
    return [];
  }
}

export function remember(one) {
  keep([one, ...recent().filter(({ url }) => url !== one.url)].slice(0, MOST));
}

export function forgetAll() {
  keep([]);
}

function keep(list) {
  try {
    localStorage.setItem(place(), JSON.stringify(list));
  } catch (refused) {
    console.debug("what was opened is not remembered", refused);
  }
}
