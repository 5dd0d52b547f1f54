/// The values of filters as they were given, from any caller.
package struct FilterWords: Equatable, Sendable {
  private var values: [FilterName: [String]] = [:]

  package init() {}

  /// The value of a filter; of one that can be repeated, the first. nil when it was not given.
  package subscript(name: FilterName) -> String? {
    get { values[name]?.first }
    set { values[name] = newValue.map { [$0] } }
  }

  /// All values of a filter, in their order.
  package subscript(all name: FilterName) -> [String] {
    get { values[name] ?? [] }
    set { values[name] = newValue.isEmpty ? nil : newValue }
  }

  /// First geographic filter; it excludes photos without a position.
  package var place: FilterName? {
    [.bbox, .near, .polygon].first { self[$0] != nil }
  }

  /// - Parameter purpose: what asks for photos without a position.
  package func refusePlaces(for purpose: FilterSentence) throws(FilterError) {
    guard let place else { return }
    throw FilterError(
      "\(place) excludes photos without a position, which \(purpose) asks for",
      advice: "\(.site), \(.folder), \(.since) or \(.until) instead")
  }
}
