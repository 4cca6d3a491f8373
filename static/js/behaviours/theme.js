// The theme switch in the account menu: shows what is chosen, wherever it was chosen.
import { behaviour } from "signalbox/lib/behaviours";
import { setTheme, theme } from "signalbox/lib/theme";

behaviour("theme", (select) => {
  const show = () => (select.value = theme());
  select.addEventListener("change", () => setTheme(select.value));
  document.addEventListener("signalbox:theme", show);
  show();
});
