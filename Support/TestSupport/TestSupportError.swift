/// A test double or builder could not do its work: what was tried, and what came of it.
package struct TestSupportError: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
