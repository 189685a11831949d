/**
 * A treemap: rectangles whose areas are the sizes, those of a group side by side in the group's.
 *
 * "Squarified Treemaps" (Bruls, Huizing, van Wijk, 2000): rows are filled along the shorter side for as long as that makes
 * their rectangles squarer. Invariant: the rectangles fill the area, and each has its share of it.
 */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Rectangles for sizes above 0, which come in descending order. */
export function squarify(sizes: readonly number[], within: Rectangle): Rectangle[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const scale = total === 0 ? 0 : (within.width * within.height) / total;
  const areas = sizes.map((size) => size * scale);
  const placed: Rectangle[] = [];
  let room = within;
  for (let from = 0; from < areas.length; ) {
    const side = Math.min(room.width, room.height);
    let to = from + 1;
    let sum = areas[from]!;
    while (to < areas.length && worst(areas, from, to + 1, sum + areas[to]!, side) <= worst(areas, from, to, sum, side)) sum += areas[to++]!;
    room = placeRow(areas.slice(from, to), sum, room, placed);
    from = to;
  }
  return placed;
}

/** The largest ratio of two sides in a row of areas `from` to `to`. */
function worst(areas: readonly number[], from: number, to: number, sum: number, side: number): number {
  const [largest, smallest] = [areas[from]!, areas[to - 1]!];
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}

/** Puts a row along the shorter side; answers the room that is left. */
function placeRow(row: readonly number[], sum: number, room: Rectangle, placed: Rectangle[]): Rectangle {
  const isColumn = room.width >= room.height;
  const thickness = sum / (isColumn ? room.height : room.width);
  let at = isColumn ? room.y : room.x;
  for (const area of row) {
    const length = area / thickness;
    placed.push(isColumn
      ? { x: room.x, y: at, width: thickness, height: length }
      : { x: at, y: room.y, width: length, height: thickness });
    at += length;
  }
  return isColumn
    ? { ...room, x: room.x + thickness, width: Math.max(0, room.width - thickness) }
    : { ...room, y: room.y + thickness, height: Math.max(0, room.height - thickness) };
}
