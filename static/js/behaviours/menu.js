// A menu of details/summary that closes on Escape and on a click elsewhere.
import { behaviour } from "signalbox/lib/behaviours";

behaviour("menu", (details) => {
  document.addEventListener("click", (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      details.open = false;
      details.querySelector("summary").focus();
    }
  });
});
