"""Draws bars on a logarithmic axis as an SVG file, without libraries."""

import math
from xml.sax.saxutils import escape

COLOURS = ["#0b6e4f", "#6fbf9b", "#d08c32", "#e3b778", "#7a8da6", "#a3485a", "#8d6ba8"]


def plot(groups, series):
    """groups: (title, {series: seconds}) from top to bottom."""
    bar, gap, left, width, top = 13, 20, 110, 560, 62
    values = [v for _, row in groups for v in row.values()]
    low = 10 ** math.floor(math.log10(min(values)))
    high = 10 ** math.ceil(math.log10(max(values)))

    def x(value):
        return left + width * math.log(value / low) / math.log(high / low)

    height = top + sum(len(row) * bar + gap for _, row in groups) + 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" '
           'font-family="sans-serif" font-size="11">',
           f'<rect width="100%" height="100%" fill="#ffffff"/>']
    for index, name in enumerate(series):
        column, row = index % 3, index // 3
        out.append(f'<rect x="{8 + 240 * column}" y="{8 + 16 * row}" width="10" height="10" '
                   f'fill="{COLOURS[index % len(COLOURS)]}"/><text x="{23 + 240 * column}" '
                   f'y="{17 + 16 * row}">{escape(name)}</text>')
    tick = low
    while tick <= high:
        out.append(f'<line x1="{x(tick):.1f}" y1="{top - 4}" x2="{x(tick):.1f}" y2="{height - 24}" '
                   f'stroke="#dddddd"/><text x="{x(tick):.1f}" y="{height - 10}" '
                   f'text-anchor="middle">{tick:g} s</text>')
        tick *= 10
    y = top
    for title, row in groups:
        out.append(f'<text x="8" y="{y + len(row) * bar / 2 + 4:.1f}">{escape(title)}</text>')
        for index, name in enumerate(series):
            if name not in row:
                continue
            value = row[name]
            label = f"{value:.2f}" if value < 10 else f"{value:.0f}"
            out.append(f'<rect x="{left}" y="{y}" width="{max(1, x(value) - left):.1f}" '
                       f'height="{bar - 2}" fill="{COLOURS[index % len(COLOURS)]}"/>'
                       f'<text x="{x(value) + 4:.1f}" y="{y + bar - 3}">{label}</text>')
            y += bar
        y += gap
    return "\n".join(out + ["</svg>", ""])
