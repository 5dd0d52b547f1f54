/// The values of filters as they were given, from any caller.
package struct FilterWords: Equatable, Sendable {
  private struct Given: Equatable, Sendable {
    var name: FilterName
    /// At least one.
    var values: [String]
  }

  /// No dictionary: there are a few, and the first dictionary of a type costs more than a query's grammar.
  private var given: [Given] = []

  package init() {}

  /// The value of a filter; of one that can be repeated, the first. nil when it was not given.
  package subscript(name: FilterName) -> String? {
    get { given.first { $0.name == name }?.values.first }
    set { self[all: name] = newValue.map { [$0] } ?? [] }
  }

  /// All values of a filter, in their order.
  package subscript(all name: FilterName) -> [String] {
    get { given.first { $0.name == name }?.values ?? [] }
    set {
      given.removeAll { $0.name == name }
      if !newValue.isEmpty { given.append(Given(name: name, values: newValue)) }
    }
  }

  package static func == (a: FilterWords, b: FilterWords) -> Bool {
    a.given.count == b.given.count && a.given.allSatisfy(b.given.contains)
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
