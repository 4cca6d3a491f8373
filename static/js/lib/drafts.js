// What was typed in a form and not sent yet, kept in this tab: it outlives a reload, a sign-in and a look at something else.
const NAME = "signalbox.draft.";

export function keep(id, digest, values) {
  try {
    sessionStorage.setItem(NAME + id, JSON.stringify({ digest, values }));
  } catch (refused) {
    console.debug("a draft is not kept", refused);
  }
}

export function kept(id) {
  try {
    return JSON.parse(sessionStorage.getItem(NAME + id));
  } catch (refused) {
    console.debug("drafts cannot be read", refused);
    return null;
  }
}

export function drop(id) {
  try {
    sessionStorage.removeItem(NAME + id);
  } catch (refused) {
    console.debug("drafts cannot be dropped", refused);
  }
}
