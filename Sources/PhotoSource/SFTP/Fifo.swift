/// First in, first out, with constant cost at both ends.
struct Fifo<Element> {
  private var items: [Element] = []
  private var head = 0

  var count: Int { items.count - head }
  var isEmpty: Bool { count == 0 }
  var first: Element? { head < items.count ? items[head] : nil }

  mutating func append(_ element: Element) { items.append(element) }

  mutating func popFirst() -> Element? {
    guard head < items.count else { return nil }
    let element = items[head]
    head += 1
    if head == items.count {
      items.removeAll(keepingCapacity: items.count <= 4096)
      head = 0
    } else if head > 4096, head * 2 > items.count {
      items.removeSubrange(0..<head)
      head = 0
    }
    return element
  }

  mutating func removeAll() -> ArraySlice<Element> {
    defer {
      items = []
      head = 0
    }
    return items[head...]
  }
}
