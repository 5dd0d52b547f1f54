/// One value of one of SQLite's five storage classes (<https://sqlite.org/datatype3.html>).
package enum SQLValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
}
