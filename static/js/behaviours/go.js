// A whole table row leads where its first link leads: <tr class="go">. The link itself stays for keyboards and new tabs.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".go");
  if (!row || event.target.closest("a, button, input, select, label, summary") || getSelection().toString()) return;
  const link = row.querySelector("a[href]");
  if (link) location.assign(link.href);
});
