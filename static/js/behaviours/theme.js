// The theme switch: follows the system until told otherwise, and remembers.
import { behaviour } from "signalbox/lib/behaviours";

behaviour("theme", (select) => {
  select.value = document.documentElement.dataset.theme ?? "";
  select.addEventListener("change", () => {
    if (select.value) document.documentElement.dataset.theme = select.value;
    else delete document.documentElement.dataset.theme;
    try {
      if (select.value) localStorage.setItem("signalbox.theme", select.value);
      else localStorage.removeItem("signalbox.theme");
    } catch (refused) {
      console.debug("theme is not remembered", refused);
    }
    document.dispatchEvent(new CustomEvent("signalbox:theme"));
  });
});
