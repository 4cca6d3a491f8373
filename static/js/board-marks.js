// Every frame brings the hash of every column. Where the page shows another one, because a card was put down here before the
// server said so, the board is fetched once more.
import { board } from "signalbox/board-dom";
import { refresh } from "signalbox/board-api";

const REST = 700;
let moving = 0;
let waiting = null;

// While a card is being moved the page is ahead of the server; afterwards it must agree again.
export async function whileMoving(work) {
  moving += 1;
  try {
    return await work();
  } finally {
    moving -= 1;
    look();
  }
}

function look() {
  clearTimeout(waiting);
  waiting = setTimeout(() => moving === 0 && differs() && refresh(), REST);
}

const differs = () =>
  [...document.querySelectorAll("#board-marks > i")].some(({ dataset }) => document.getElementById(dataset.for)?.dataset.v !== dataset.v);

document.addEventListener("signalbox:frame", (event) => event.detail.topic === board?.dataset.topic && look());
