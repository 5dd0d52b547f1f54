/// What a parameter of a statement can be bound to.
package protocol SQLBindable {
  func bind(to statement: Statement, at index: Int32)
}

extension Int64: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Int: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Bool: SQLBindable {
  /// As 0 or 1.
  package func bind(to statement: Statement, at index: Int32) {
    statement.bind(self ? 1 : 0, at: index)
  }
}
extension Double: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension String: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension [UInt8]: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension SQLValue: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Optional: SQLBindable where Wrapped: SQLBindable {
  package func bind(to statement: Statement, at index: Int32) {
    if let self { self.bind(to: statement, at: index) } else { statement.bind(.null, at: index) }
  }
}

extension Statement {
  /// Binds the parameters from the first on, in their order.
  package func bind<each Value: SQLBindable>(_ values: repeat each Value) {
    var index: Int32 = 1
    for value in repeat each values {
      value.bind(to: self, at: index)
      index += 1
    }
  }

  /// Binds the parameters from the first on, in their order.
  package func bind(all values: [SQLValue]) {
    for (offset, value) in values.enumerated() { bind(value, at: Int32(offset + 1)) }
  }
}
