/// A test helper failed: what it tried, and why it failed.
package struct TestSupportError: Error, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
