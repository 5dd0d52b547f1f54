/// Reading by name, for statements of one row or few: the name is looked up at each call. Loops over many rows look
/// it up once (``Statement/column(_:)``).
extension Statement {
  package func isNull(_ name: String) -> Bool { isNull(column(name)) }
  package func integer(_ name: String) -> Int64 { integer(column(name)) }
  package func optionalInteger(_ name: String) -> Int64? { optionalInteger(column(name)) }
  package func count(_ name: String) -> Int { count(column(name)) }
  package func optionalCount(_ name: String) -> Int? { optionalCount(column(name)) }
  package func real(_ name: String) -> Double { real(column(name)) }
  package func optionalReal(_ name: String) -> Double? { optionalReal(column(name)) }
  package func text(_ name: String) -> String { text(column(name)) }
  package func optionalText(_ name: String) -> String? { optionalText(column(name)) }
  package func bytes(_ name: String) -> [UInt8] { bytes(column(name)) }
}
