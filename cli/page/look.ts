/** What the page looks like and what it does: no fonts, no pictures, no libraries, nothing from elsewhere. */

export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1f; --faint: #5d5d66; --line: #c9c9d1; --focus: #b3261e;
  --code: #a9c9f5; --constants: #f3d58a; --data: #b7e0a8; --zeros: #d9d9e0; --lines: #e2bdee; --padding: #f4f4f6; }
@media (prefers-color-scheme: dark) { :root { --paper: #17171a; --ink: #ececf1; --faint: #a3a3ad; --line: #45454e; --focus: #ffb4ab;
  --code: #2a4c7d; --constants: #6b531a; --data: #2f5c26; --zeros: #43434b; --lines: #5b3569; --padding: #232328; } }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
nav a { margin-right: 1rem; } a { color: inherit; }
svg { display: block; width: 100%; height: auto; background: var(--padding); border: 1px solid var(--line); }
svg rect { stroke: var(--paper); stroke-width: .5; }
svg .group { fill: none; stroke: var(--ink); stroke-width: 1; pointer-events: none; }
svg .owner { fill: none; stroke: var(--ink); stroke-width: 2.5; pointer-events: none; }
svg text { fill: var(--ink); font: 11px system-ui, sans-serif; pointer-events: none; }
.code { fill: var(--code); } .constants { fill: var(--constants); } .data { fill: var(--data); } .zeros { fill: var(--zeros); }
.lines { fill: var(--lines); } .padding { fill: var(--padding); }
svg rect.chosen, svg rect:focus { outline: none; stroke: var(--focus); stroke-width: 3; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 1rem; padding: 0; }
.legend svg { display: inline-block; width: 1em; height: 1em; vertical-align: -.15em; }
output { display: block; min-height: 1.5em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
th button { all: unset; cursor: pointer; font-weight: bold; } th[aria-sort=ascending] button::after { content: ' ▲'; }
th[aria-sort=descending] button::after { content: ' ▼'; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
input { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--faint); padding: .2rem .5rem; width: 20rem; max-width: 100%; }
.faint { color: var(--faint); } .bar rect { fill: var(--code); }
`;

/** Sorting, searching, and the keys of the treemaps. Without it all tables and pictures are there. */
export const SCRIPT = `
'use strict';
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector('button').addEventListener('click', () => {
    const isNumber = head.classList.contains('number');
    const before = head.getAttribute('aria-sort');
    const up = before ? before === 'descending' : !isNumber;
    heads.forEach((each) => each.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const key = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
    const compare = (a, b) => isNumber ? key(a) - key(b) : key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
    body.append(...[...body.rows].sort((a, b) => up ? compare(a, b) : compare(b, a)));
  }));
}
const search = document.getElementById('search');
const found = document.getElementById('found');
const rows = [...document.getElementById('parts').tBodies[0].rows];
function filter() {
  const words = search.value.toLowerCase().split(/\\s+/);
  let bytes = 0, shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    if (!row.hidden) { shown++; bytes += Number(row.dataset.file); }
  }
  found.textContent = search.value.trim() === '' ? '' : shown + ' parts, ' + bytes + ' bytes of the file';
}
search.addEventListener('input', filter);
for (const map of document.querySelectorAll('svg.treemap')) {
  const parts = [...map.querySelectorAll('rect[data-part]')];
  const says = document.getElementById(map.dataset.says);
  let chosen = 0;
  const choose = (index) => {
    parts[chosen].setAttribute('tabindex', '-1');
    parts[chosen].classList.remove('chosen');
    chosen = Math.max(0, Math.min(parts.length - 1, index));
    parts[chosen].setAttribute('tabindex', '0');
    parts[chosen].classList.add('chosen');
    says.textContent = parts[chosen].getAttribute('aria-label');
  };
  const group = (index) => parts[index]?.dataset.group;
  const open = () => {
    search.value = parts[chosen].dataset.part;
    filter();
    search.scrollIntoView();
    search.focus();
  };
  const jump = (step) => {
    let at = chosen;
    while (group(at + step) !== undefined && group(at) === group(at + step)) at += step;
    at += step;
    while (step < 0 && group(at - 1) !== undefined && group(at) === group(at - 1)) at -= 1;
    return at;
  };
  const keys = {
    ArrowRight: () => chosen + 1, ArrowLeft: () => chosen - 1, ArrowDown: () => jump(1), ArrowUp: () => jump(-1), Home: () => 0,
    End: () => parts.length - 1,
  };
  map.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') open();
    else if (keys[event.key]) { choose(keys[event.key]()); parts[chosen].focus(); }
    else return;
    event.preventDefault();
  });
  parts.forEach((part, index) => {
    part.addEventListener('pointerenter', () => { says.textContent = part.getAttribute('aria-label'); });
    part.addEventListener('focus', () => choose(index));
    part.addEventListener('dblclick', open);
  });
}
`;
