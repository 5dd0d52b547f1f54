// Decodes the points of the server (columns of numbers), and computes clusters and tracks.

/// Position on the square world map of Web Mercator, 0…1 from the upper left corner.
export const mercatorX = longitude => (longitude + 180) / 360;
export const mercatorY = latitude => {
  const sine = Math.sin(Math.max(-85.0511, Math.min(85.0511, latitude)) * Math.PI / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
};

/// Reads the answer of /map/points.
export function decode(buffer) {
  const head = new Uint32Array(buffer, 0, 4);
  if (head[0] !== 0x314d5047) throw new Error("unexpected response of /map/points");
  const [, mode, n, groups] = head;
  const matched = new Float64Array(buffer, 16, 1)[0];
  let at = 24;
  const column = (Type, count) => {
    const values = new Type(buffer, at, count);
    at += count * Type.BYTES_PER_ELEMENT;
    return values;
  };
  const id = column(Float64Array, n);
  if (mode === 1) {
    const west = column(Int32Array, n), south = column(Int32Array, n);
    const east = column(Int32Array, n), north = column(Int32Array, n);
    const count = column(Uint32Array, n);
    const x = new Float64Array(n), y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      x[i] = mercatorX((west[i] + east[i]) / 2e7);
      y[i] = mercatorY((south[i] + north[i]) / 2e7);
    }
    return { mode, n, matched, id, x, y, count, bounds: bounds(n, x, y) };
  }
  const longitude = column(Int32Array, n), latitude = column(Int32Array, n);
  const time = column(Uint32Array, n), ends = column(Uint32Array, groups);
  const yaw = column(Uint16Array, n);
  const x = new Float64Array(n), y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    x[i] = mercatorX(longitude[i] / 1e7);
    y[i] = mercatorY(latitude[i] / 1e7);
  }
  return { mode, n, matched, id, x, y, time, ends, yaw, bounds: bounds(n, x, y) };
}

function bounds(n, x, y) {
  const box = { west: 1, north: 1, east: 0, south: 0 };
  for (let i = 0; i < n; i++) {
    if (x[i] < box.west) box.west = x[i];
    if (x[i] > box.east) box.east = x[i];
    if (y[i] < box.north) box.north = y[i];
    if (y[i] > box.south) box.south = y[i];
  }
  return box;
}

/// Clusters of photos that would overlap at this zoom, and the other photos. The grid is fixed to the world, so that clusters
/// do not move while the map does.
export function clusters(points, scale) {
  const cell = 56 / scale, least = points.mode === 1 ? 1 : 12;
  const cells = new Map();
  const cellOf = new Int32Array(points.n);
  const found = [];
  for (let i = 0; i < points.n; i++) {
    const key = Math.floor(points.x[i] / cell) * 0x4000000 + Math.floor(points.y[i] / cell);
    let number = cells.get(key);
    if (number === undefined) {
      number = found.length;
      cells.set(key, number);
      found.push({ count: 0, things: 0, x: 0, y: 0, west: 2, east: -1, north: 2, south: -1 });
    }
    cellOf[i] = number;
    const one = found[number], x = points.x[i], y = points.y[i];
    one.count += points.count ? points.count[i] : 1;
    one.things += 1;
    one.x += x;
    one.y += y;
    if (x < one.west) one.west = x;
    if (x > one.east) one.east = x;
    if (y < one.north) one.north = y;
    if (y > one.south) one.south = y;
  }
  // A cluster covers no more than its symbol.
  const room = 26 / scale;
  for (const one of found) {
    one.isCluster = one.things >= least
      && (points.mode === 1 || one.east - one.west < room && one.south - one.north < room);
    one.x /= one.things;
    one.y /= one.things;
  }
  merge(found.filter(one => one.isCluster), cell);
  const single = new Uint32Array(points.n);
  let count = 0;
  for (let i = 0; i < points.n; i++) if (!found[cellOf[i]].isCluster) single[count++] = i;
  return { clusters: found.filter(one => one.isCluster && !one.isMerged), single: single.subarray(0, count) };
}

/// Merges clusters that would overlap across the edge of a cell, the smaller into the larger.
function merge(clusters, cell) {
  const place = one => [Math.floor(one.x / cell), Math.floor(one.y / cell)];
  const key = (column, row) => column * 0x4000000 + row;
  const byCell = new Map();
  for (const one of clusters) byCell.set(key(...place(one)), one);
  for (const one of [...clusters].sort((a, b) => b.count - a.count)) {
    if (one.isMerged) continue;
    const [column, row] = place(one);
    for (let i = 0; i < 9; i++) {
      const other = byCell.get(key(column + i % 3 - 1, row + Math.floor(i / 3) - 1));
      if (!other || other === one || other.isMerged) continue;
      if (Math.hypot(other.x - one.x, other.y - one.y) > cell * 0.75) continue;
      other.isMerged = true;
      one.count += other.count;
      one.west = Math.min(one.west, other.west);
      one.east = Math.max(one.east, other.east);
      one.north = Math.min(one.north, other.north);
      one.south = Math.max(one.south, other.south);
    }
  }
}

/// The photos of each folder in the order of time, without those that have none.
export function tracks(points) {
  if (points.mode === 1) return [];
  const lines = [];
  let start = 0;
  for (const end of points.ends) {
    const line = [];
    for (let i = start; i < end; i++) if (points.time[i]) line.push(i);
    // Photos with equal times keep the order of their names, which cameras number.
    line.sort((a, b) => points.time[a] - points.time[b] || a - b);
    if (line.length > 1) lines.push(Uint32Array.from(line));
    start = end;
  }
  return lines;
}
