// Calls something not more often than so many milliseconds apart; a call that came too soon is made up for.
export function spaced(milliseconds, call) {
  let waiting = null;
  let missed = false;
  return function spacedCall() {
    if (waiting) {
      missed = true;
      return;
    }
    call();
    waiting = setTimeout(() => {
      waiting = null;
      if (missed) {
        missed = false;
        spacedCall();
      }
    }, milliseconds);
  };
}
