// The list of everything that happens on every page. A page's own behaviours are loaded by its page_js block.
import { start } from "signalbox/lib/behaviours";
import { connect } from "signalbox/live";
import "signalbox/behaviours/arrive";
import "signalbox/behaviours/confirm";
import "signalbox/behaviours/copy";
import "signalbox/behaviours/go";
import "signalbox/behaviours/keys";
import "signalbox/behaviours/late";
import "signalbox/behaviours/menu";
import "signalbox/behaviours/palette";
import "signalbox/behaviours/retry";
import "signalbox/behaviours/shell";
import "signalbox/behaviours/submit";
import "signalbox/behaviours/theme";
import "signalbox/behaviours/times";
import "signalbox/behaviours/toasts";

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
if (document.querySelector("[data-live]")) connect();
