// What differs between two texts, line by line, as [mark, line]: "+", "-" or " ". For texts a person has before their eyes.
const MOST = 400;

export function diff(before, after) {
  const old = before.split("\n").slice(0, MOST);
  const fresh = after.split("\n").slice(0, MOST);
  const longest = old.map(() => new Uint16Array(fresh.length + 1)).concat([new Uint16Array(fresh.length + 1)]);
  for (let a = old.length - 1; a >= 0; a--) {
    for (let b = fresh.length - 1; b >= 0; b--) longest[a][b] = old[a] === fresh[b] ? longest[a + 1][b + 1] + 1 : Math.max(longest[a + 1][b], longest[a][b + 1]);
  }
  const lines = [];
  let a = 0;
  let b = 0;
  while (a < old.length || b < fresh.length) {
    if (a < old.length && b < fresh.length && old[a] === fresh[b]) {
      lines.push([" ", old[a++]]);
      b += 1;
    } else if (b >= fresh.length || (a < old.length && longest[a + 1][b] >= longest[a][b + 1])) lines.push(["-", old[a++]]);
    else lines.push(["+", fresh[b++]]);
  }
  return lines;
}
