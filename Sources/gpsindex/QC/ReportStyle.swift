/// The report's style sheet: light and dark by the reader's setting; black on white in print.
enum ReportStyle {
  static let text = """
    :root{color-scheme:light dark;--ink:#1d252c;--soft:#57636e;--line:#d8dee4;--paper:#fff;--panel:#f4f6f8;\
    --blue:#0b63b0;--bad:#b3201f;--warn:#8a5a00;--note:#0b63b0;--good:#1c7a3e;--print:#0b63b0;--green:#177e6b}
    @media (prefers-color-scheme:dark){:root{--ink:#e6ebef;--soft:#a3afba;--line:#3a444d;--paper:#14191d;\
    --panel:#1d242a;--blue:#6db3f2;--bad:#ff8a80;--warn:#f2b84b;--note:#6db3f2;--good:#6fcf8f;--print:#6db3f2;\
    --green:#5fd0b9}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.45 system-ui,-apple-system,"Segoe UI",\
    "Noto Sans","Liberation Sans",sans-serif}
    main{max-width:1180px;margin:0 auto;padding:24px}
    header{display:flex;justify-content:space-between;gap:24px;align-items:flex-start;flex-wrap:wrap}
    h1{font-size:22px;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:16px;margin:24px 0 8px}
    .small,figcaption{color:var(--soft);font-size:12px;margin:0}
    .verdict{margin:0;padding:8px 16px;border:2px solid;border-radius:10px;font-weight:700;font-size:16px;white-space:nowrap}
    .verdict.bad{color:var(--bad)}.verdict.warn{color:var(--warn)}.verdict.good{color:var(--good)}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:16px 0}
    .tiles div{border:1px solid var(--line);border-radius:10px;padding:10px 12px}
    .tiles span{display:block;color:var(--soft);font-size:12px}.tiles b{display:block;font-size:19px}
    .views{display:grid;grid-template-columns:2fr 1fr;gap:12px}
    .places{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:12px}
    @media (max-width:800px){.views{grid-template-columns:1fr}}
    figure{margin:0 0 12px;border:1px solid var(--line);border-radius:10px;overflow:hidden;break-inside:avoid}
    figcaption{padding:6px 10px;border-top:1px solid var(--line)}
    svg{display:block;width:100%;height:auto}svg.map{background:var(--panel)}
    svg text{font-size:11px;fill:var(--soft)}
    .way{fill:none;stroke:var(--soft);stroke-width:.8;opacity:.6}
    .print{fill:var(--print);fill-opacity:.035}
    .area{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-dasharray:6 4}
    .hole{fill:var(--bad);fill-opacity:.28;stroke:var(--bad);stroke-width:1.4;stroke-dasharray:3 2}
    .fixed{fill:var(--blue)}.unknown{fill:var(--soft)}.float{fill:var(--warn)}.single,.none{fill:var(--bad)}
    .badge rect,.badge path{fill:var(--paper);stroke:currentColor;stroke-width:1.4}
    .badge text{fill:currentColor;font-weight:700;text-anchor:middle}
    .badge.bad{color:var(--bad)}.badge.warn{color:var(--warn)}.badge.note{color:var(--note)}
    .scale{fill:none;stroke:var(--ink);stroke-width:1}text.scale{fill:var(--ink);stroke:none}
    .axis{fill:none;stroke:var(--line)}.curve{fill:none;stroke:var(--blue);stroke-width:1.2}
    .bar{fill:var(--green)}.limit{fill:none;stroke:var(--bad);stroke-dasharray:4 3}
    table{border-collapse:collapse;width:100%;font-size:13px}
    th,td{padding:6px 8px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
    th{color:var(--soft);font-weight:600}td{overflow-wrap:anywhere}
    .n{text-align:right;white-space:nowrap}td.photos{max-width:220px}
    tr{break-inside:avoid}
    .mark{width:16px;height:16px;display:inline-block}.mark text{fill:var(--paper);font-size:11px;\
    font-weight:700;text-anchor:middle}
    .mark.bad{fill:var(--bad)}.mark.warn{fill:var(--warn)}.mark.note{fill:var(--note)}
    @media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--paper:#fff;--panel:#fff;\
    --blue:#0b63b0;--bad:#b3201f;--warn:#8a5a00;--note:#0b63b0;--good:#1c7a3e;--print:#0b63b0;--green:#177e6b}
    main{max-width:none;padding:0}body{font-size:11px}table{font-size:10px}\
    .views{display:block}.charts{display:grid;grid-template-columns:repeat(3,1fr);gap:8px}\
    .tiles{grid-template-columns:repeat(5,1fr);gap:8px;margin:10px 0}.tiles b{font-size:15px}\
    header{flex-wrap:nowrap}.places{grid-template-columns:1fr 1fr}svg.map{max-height:120mm}h2{break-after:avoid}\
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    @page{size:A4;margin:12mm}
    """
}
