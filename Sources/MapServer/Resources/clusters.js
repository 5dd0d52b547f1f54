// Parts the photos into clusters, stacks and single photos. All steps move whole ranges of one sorted order between items, so
// every photo is in exactly one item, and the numbers always add up.

export const PHOTO = 0, STACK = 1, CLUSTER = 2;

const bits = 26, spread = new Uint32Array(8192);
for (let value = 0; value < 8192; value++) {
  let out = 0;
  for (let bit = 0; bit < 13; bit++) out |= (value >> bit & 1) << (2 * bit);
  spread[value] = out;
}

/// 52 bits: those of x and y in turn, the most significant first.
function morton(x, y) {
  const top = 2 ** bits - 1;
  const column = Math.max(0, Math.min(top, Math.floor(x * 2 ** bits)));
  const row = Math.max(0, Math.min(top, Math.floor(y * 2 ** bits)));
  const high = spread[column >> 13] + spread[row >> 13] * 2, low = spread[column & 8191] + spread[row & 8191] * 2;
  return high * 2 ** 26 + low;
}

/// Below 0.2 m on the equator: nothing a map can part.
const sameSpot = 5e-9;

export function radius(kind, count) {
  if (kind === PHOTO) return 4.5;
  if (kind === STACK) return 8.5;
  return count < 10 ? 9.5 : 11 + 3 * Math.log10(count);
}

/// The photos, or the folders with their counts, in the order of a space-filling curve.
export class ClusterIndex {
  constructor({ n, x, y, count }) {
    Object.assign(this, { n, x, y, count });
    const keys = new Float64Array(n);
    for (let i = 0; i < n; i++) keys[i] = morton(x[i], y[i]);
    this.order = sortedByKey(keys);
    this.keys = new Float64Array(n);
    // Sums up to each place: the mean of a range costs two subtractions.
    this.sumX = new Float64Array(n + 1);
    this.sumY = new Float64Array(n + 1);
    this.sums = count ? new Float64Array(n + 1) : null;
    for (let k = 0; k < n; k++) {
      const i = this.order[k];
      this.keys[k] = keys[i];
      this.sumX[k + 1] = this.sumX[k] + x[i];
      this.sumY[k + 1] = this.sumY[k] + y[i];
      if (count) this.sums[k + 1] = this.sums[k] + count[i];
    }
  }

  photos(start, end) {
    return this.sums ? this.sums[end] - this.sums[start] : end - start;
  }

  /// The first place from `from` on whose key is at least `key`: found by doubling steps.
  find(key, from) {
    const { keys, n } = this;
    let step = 1, low = from, high = from;
    while (high < n && keys[high] < key) {
      low = high + 1;
      high += step;
      step *= 2;
    }
    high = Math.min(high, n);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (keys[middle] < key) low = middle + 1; else high = middle;
    }
    return low;
  }

  isOneSpot(start, end) {
    const { order, x, y } = this, first = order[start];
    for (let k = start + 1; k < end; k++) {
      const i = order[k];
      if (Math.abs(x[i] - x[first]) > sameSpot || Math.abs(y[i] - y[first]) > sameSpot) return false;
    }
    return true;
  }

  /// The items of a zoom; of those cells alone that touch `window` (west, north, east, south; 0…1), where one is given.
  items(zoom, window = null) {
    const coarse = 4 ** (bits - Math.min(bits, zoom + 2)), fine = 4 ** (bits - Math.min(bits, zoom + 5));
    const found = [];
    if (window) {
      const cells = 2 ** Math.min(bits, zoom + 2), top = cells - 1;
      const cell = value => Math.max(0, Math.min(top, Math.floor(value * cells)));
      for (let row = cell(window.north); row <= cell(window.south); row++) {
        for (let column = cell(window.west); column <= cell(window.east); column++) {
          const key = morton((column + 0.5) / cells, (row + 0.5) / cells);
          const first = Math.floor(key / coarse) * coarse;
          const start = this.find(first, 0), end = this.find(first + coarse, start);
          if (end > start) this.split(start, end, fine, zoom, found);
        }
      }
    } else {
      for (let start = 0; start < this.n;) {
        const end = this.find((Math.floor(this.keys[start] / coarse) + 1) * coarse, start);
        this.split(start, end, fine, zoom, found);
        start = end;
      }
    }
    return merged(found, zoom);
  }

  item(kind, start, end) {
    const count = this.photos(start, end), length = end - start;
    return {
      kind, count, ranges: [start, end], x: (this.sumX[end] - this.sumX[start]) / length,
      y: (this.sumY[end] - this.sumY[start]) / length, r: radius(kind, count),
    };
  }

  /// The items of one coarse cell.
  split(start, end, fine, zoom, found) {
    if (this.sums) {
      found.push(this.item(CLUSTER, start, end));
      return;
    }
    const ends = [];
    let hidden = 0;
    const most = zoom < 9 ? 0 : zoom < 22 ? 0.12 * (end - start) : Infinity;
    for (let k = start; k < end;) {
      const next = this.find((Math.floor(this.keys[k] / fine) + 1) * fine, k);
      if (zoom < 22 && next - k > 1 && !this.isOneSpot(k, next)) {
        hidden += next - k;
        if (hidden > most) {
          found.push(this.item(CLUSTER, start, end));
          return;
        }
      }
      ends.push(next);
      k = next;
    }
    let from = start;
    for (const to of ends) {
      if (to - from === 1) {
        const i = this.order[from];
        found.push({ kind: PHOTO, count: 1, ranges: [from, to], x: this.x[i], y: this.y[i], r: 4.5 });
      } else {
        found.push(this.item(zoom >= 22 || this.isOneSpot(from, to) ? STACK : CLUSTER, from, to));
      }
      from = to;
    }
  }

  /// The photos of an item, by their numbers among the points.
  members(item) {
    const list = [];
    for (let k = 0; k < item.ranges.length; k += 2) {
      for (let at = item.ranges[k]; at < item.ranges[k + 1]; at++) list.push(this.order[at]);
    }
    return list;
  }
}

/// The numbers 0… in the order of their keys: four passes by 13 bits each.
function sortedByKey(keys) {
  const n = keys.length;
  let from = new Uint32Array(n), to = new Uint32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  const starts = new Uint32Array(8193);
  for (let pass = 0; pass < 4; pass++) {
    const unit = 2 ** (13 * pass);
    starts.fill(0);
    const digit = i => Math.floor(keys[i] / unit) % 8192;
    for (let i = 0; i < n; i++) starts[digit(i) + 1]++;
    for (let k = 0; k < 8192; k++) starts[k + 1] += starts[k];
    for (let k = 0; k < n; k++) to[starts[digit(from[k])]++] = from[k];
    [from, to] = [to, from];
  }
  return from;
}

/// Merges what would overlap, larger items first, until nothing does.
function merged(items, zoom) {
  const scale = 256 * 2 ** zoom;
  for (let round = 0; round < 6; round++) {
    const large = [], small = [];
    for (const item of items) (item.kind === PHOTO ? small : large).push(item);
    large.sort((a, b) => b.count - a.count || a.ranges[0] - b.ranges[0]);
    const wide = new Grid(64 / scale), narrow = new Grid(8 / scale);
    let placed = [], changes = 0;
    for (const item of large) {
      const host = wide.nearest(item, scale, other => other.r + item.r + 2);
      if (host) {
        absorb(host, item);
        changes++;
      } else {
        wide.add(item);
        placed.push(item);
      }
    }
    for (const item of small) {
      const host = wide.nearest(item, scale, other => other.r + item.r) ?? narrow.nearest(item, scale, () => 7);
      if (host) {
        absorb(host, item);
        changes++;
      } else {
        narrow.add(item);
        placed.push(item);
      }
    }
    items = placed;
    if (!changes) break;
  }
  return items;
}

/// Twelve pixels at zoom 22: closer things never part.
const neverParts = 12 / (256 * 2 ** 22);

function absorb(host, item) {
  const isStack = host.kind <= STACK && item.kind <= STACK
    && Math.hypot(host.x - item.x, host.y - item.y) < neverParts;
  const count = host.count + item.count;
  host.x = (host.x * host.count + item.x * item.count) / count;
  host.y = (host.y * host.count + item.y * item.count) / count;
  host.count = count;
  host.kind = isStack ? STACK : CLUSTER;
  host.r = radius(host.kind, count);
  host.ranges.push(...item.ranges);
}

/// Items by the cell of their middle.
class Grid {
  constructor(cell) {
    this.cell = cell;
    this.cells = new Map();
  }
  add(item) {
    const key = Math.floor(item.x / this.cell) * 0x8000000 + Math.floor(item.y / this.cell);
    const list = this.cells.get(key);
    if (list) list.push(item); else this.cells.set(key, [item]);
  }
  /// The nearest item that is closer than `reach` pixels.
  nearest(item, scale, reach) {
    if (!this.cells.size) return null;
    const column = Math.floor(item.x / this.cell), row = Math.floor(item.y / this.cell);
    let best = null, least = Infinity;
    for (let c = column - 1; c <= column + 1; c++) {
      for (let r = row - 1; r <= row + 1; r++) {
        for (const other of this.cells.get(c * 0x8000000 + r) ?? []) {
          const distance = Math.hypot(other.x - item.x, other.y - item.y) * scale;
          if (distance < least && distance < reach(other)) {
            best = other;
            least = distance;
          }
        }
      }
    }
    return best;
  }
}
