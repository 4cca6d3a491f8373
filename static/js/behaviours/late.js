// An answer that comes when the socket has already taken its button away: its words are told, its fragments are shown already.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt.isConnected) return;
  const holder = document.createElement("template");
  holder.innerHTML = detail.serverResponse;
  for (const fragment of holder.content.querySelectorAll("[hx-swap-oob]")) fragment.remove();
  detail.serverResponse = holder.innerHTML;
});
