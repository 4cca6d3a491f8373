// The board page: one file a behaviour, all told here. How cards are lifted and put down is in board-lift.
import "signalbox/board-drag";
import "signalbox/board-drawer";
import "signalbox/board-filter";
import "signalbox/board-focus";
import "signalbox/board-fold";
import "signalbox/board-hands";
import "signalbox/board-keys";
import "signalbox/board-here";
import "signalbox/board-menu";
import "signalbox/board-more";
import "signalbox/board-pick";
import "signalbox/board-acts";
