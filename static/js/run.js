// The page of one run: everything it does beside what every page does.
import "signalbox/behaviours/tabs";
import "signalbox/behaviours/step";
import "signalbox/behaviours/scrub";
import "signalbox/behaviours/parts";
import "signalbox/behaviours/events";
import "signalbox/behaviours/stream";
import "signalbox/behaviours/gantt";
