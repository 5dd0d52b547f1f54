import FlightQC

/// Curves by photo, and distributions.
struct ReportCharts {
  let values: ReportPage.Values
  let limits: FlightLimits

  private static let (width, height) = (360.0, 120.0)
  private static let (left, right, top, bottom) = (42.0, 8.0, 8.0, 18.0)
  private static let mostPoints = 700

  func draw(_ page: inout HTMLText) {
    curve(
      &page, values.forward, "Forward overlap by photo, %", limit: limits.forwardWarning,
      range: 0...100)
    curve(&page, values.heights, "Height by photo, m", limit: nil, range: nil)
    histogram(&page, values.forward, "Forward overlap, %", limit: limits.forwardWarning)
    histogram(&page, values.side, "Side overlap, %", limit: limits.sideWarning)
    histogram(&page, values.heights, "Height, m", limit: nil)
    histogram(&page, values.speeds, "Speed of lines, m/s", limit: limits.speedMaximum)
    fixes(&page)
  }

  private func begin(_ page: inout HTMLText, _ name: String) {
    page.raw(
      "<figure><svg class=\"chart\" viewBox=\"0 0 \(Shown.plain(Self.width, 0)) \(Shown.plain(Self.height, 0))\" role=\"img\" aria-label=\""
    )
    page.text(name)
    page.raw("\">")
  }

  private func end(_ page: inout HTMLText, _ name: String) {
    page.raw("</svg>")
    page.element("figcaption", "", name)
    page.raw("</figure>\n")
  }

  private func axis(_ page: inout HTMLText, low: String, high: String) {
    page.raw(
      "<path class=\"axis\" d=\"M\(Shown.plain(Self.left, 0)) \(Shown.plain(Self.top, 0))V\(Shown.plain(Self.height - Self.bottom, 0))H\(Shown.plain(Self.width - Self.right, 0))\"/>"
    )
    label(&page, Self.left - 4, Self.top + 8, high, "end")
    label(&page, Self.left - 4, Self.height - Self.bottom, low, "end")
  }

  private func label(
    _ page: inout HTMLText, _ x: Double, _ y: Double, _ text: String, _ anchor: String
  ) {
    page.raw(
      "<text x=\"\(Shown.plain(x, 1))\" y=\"\(Shown.plain(y, 1))\" text-anchor=\"\(anchor)\">")
    page.text(text)
    page.raw("</text>")
  }

  private func curve(
    _ page: inout HTMLText, _ values: [Double], _ name: String, limit: Double?,
    range: ClosedRange<Double>?
  ) {
    let known = values.filter { !$0.isNaN }
    guard let least = known.min(), let most = known.max() else { return }
    let low = range?.lowerBound ?? least - max(1, 0.1 * (most - least))
    let high = range?.upperBound ?? most + max(1, 0.1 * (most - least))
    let (w, h) = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
    func x(_ place: Int) -> Double {
      Self.left + w * Double(place) / Double(max(1, values.count - 1))
    }
    func y(_ value: Double) -> Double {
      Self.top + h * (1 - (max(low, min(high, value)) - low) / (high - low))
    }
    begin(&page, name)
    axis(&page, low: Shown.plain(low, 0), high: Shown.plain(high, 0))
    // Of many photos the lowest value of a few neighbours.
    let step = max(1, values.count / Self.mostPoints)
    var path = ""
    var isDown = false
    for start in stride(from: 0, to: values.count, by: step) {
      let some = values[start..<min(start + step, values.count)].filter { !$0.isNaN }
      guard let value = some.min() else {
        // The last photo of a line has no next one.
        if step == 1, start + 1 < values.count, values[start + 1].isNaN { isDown = false }
        continue
      }
      path += "\(isDown ? "L" : "M")\(Shown.plain(x(start), 1)) \(Shown.plain(y(value), 1))"
      isDown = true
    }
    page.raw("<path class=\"curve\" d=\"\(path)\"/>")
    if let limit {
      let at = Shown.plain(y(limit), 1)
      page.raw(
        "<path class=\"limit\" d=\"M\(Shown.plain(Self.left, 0)) \(at)H\(Shown.plain(Self.width - Self.right, 0))\"/>"
      )
      label(
        &page, Self.width - Self.right, y(limit) + 11, "required \(Shown.plain(limit, 0))", "end")
    }
    label(&page, Self.left, Self.height - 5, "1", "start")
    label(&page, Self.width - Self.right, Self.height - 5, "photo \(values.count)", "end")
    end(&page, name)
  }

  private func histogram(
    _ page: inout HTMLText, _ values: [Double], _ name: String, limit: Double?
  ) {
    let known = values.filter { !$0.isNaN && $0.isFinite }
    guard let least = known.min(), let most = known.max(), known.count > 1 else { return }
    let bins = 24
    let low = least.rounded(.down)
    let high = max(most.rounded(.up), low + 1)
    var counts = [Int](repeating: 0, count: bins)
    for value in known {
      counts[min(bins - 1, Int((value - low) / (high - low) * Double(bins)))] += 1
    }
    let tallest = counts.max() ?? 1
    let (w, h) = (Self.width - Self.left - Self.right, Self.height - Self.top - Self.bottom)
    begin(&page, "Distribution: \(name)")
    axis(&page, low: "0", high: "\(tallest)")
    for (bin, count) in counts.enumerated() where count > 0 {
      let tall = max(1, h * Double(count) / Double(tallest))
      let x = Self.left + w * Double(bin) / Double(bins) + 0.5
      page.raw(
        "<rect class=\"bar\" x=\"\(Shown.plain(x, 1))\" y=\"\(Shown.plain(Self.height - Self.bottom - tall, 1))\" width=\"\(Shown.plain(w / Double(bins) - 1, 1))\" height=\"\(Shown.plain(tall, 1))\"/>"
      )
    }
    if let limit, limit >= low, limit <= high {
      let x = Shown.plain(Self.left + w * (limit - low) / (high - low), 1)
      page.raw(
        "<path class=\"limit\" d=\"M\(x) \(Shown.plain(Self.top, 0))V\(Shown.plain(Self.height - Self.bottom, 0))\"/>"
      )
    }
    label(&page, Self.left, Self.height - 5, Shown.plain(low, 0), "start")
    label(&page, Self.width - Self.right, Self.height - 5, Shown.plain(high, 0), "end")
    end(&page, "Distribution: \(name)")
  }

  /// One bar, divided by the kind of position.
  private func fixes(_ page: inout HTMLText) {
    let whole = values.fixes.values.reduce(0, +)
    guard whole > 0, values.fixes[.unknown] != whole else { return }
    page.raw(
      "<figure><svg class=\"chart\" viewBox=\"0 0 \(Shown.plain(Self.width, 0)) 44\" role=\"img\" aria-label=\"RTK\">"
    )
    var x = 8.0
    for fix in ReportPage.Fix.allCases {
      guard let count = values.fixes[fix] else { continue }
      let w = (Self.width - 16) * Double(count) / Double(whole)
      page.raw(
        "<rect class=\"\(fix.rawValue)\" x=\"\(Shown.plain(x, 1))\" y=\"8\" width=\"\(Shown.plain(max(w, 1), 1))\" height=\"14\"/>"
      )
      if w > 60 { label(&page, x + 2, 36, "\(fix.rawValue) \(count)", "start") }
      x += w
    }
    end(&page, "Position quality, photos")
  }
}
