import Testing

@testable import Publish

@Suite struct AddressTests {
  private static var hasLibrary: Bool { (try? DatabaseAddress("postgresql://x")) != nil }

  @Test(
    .enabled(if: hasLibrary, "libpq is not installed"),
    arguments: [
      ("postgresql://gis@db.example:5433/survey", "postgresql://gis@db.example:5433/survey"),
      ("postgres://db/survey?sslmode=require", "postgres://db/survey"),
      ("postgresql://?service=survey", "postgresql://"),
    ])
  func addressIsShownWithoutItsParameters(text: String, shown: String) throws {
    #expect(try DatabaseAddress(text).shown == shown)
  }

  @Test(
    .enabled(if: hasLibrary, "libpq is not installed"),
    arguments: [
      "postgresql://gis:secret@db/survey", "postgresql://gis@db/survey?password=secret",
      "postgresql://gis@db/survey?sslpassword=secret", "postgresql://db/survey?nonsense=secret",
      "mysql://db/survey", "dbname=survey", "",
    ])
  func addressIsRefusedWithoutRepeatingSecrets(text: String) {
    #expect {
      _ = try DatabaseAddress(text)
    } throws: { error in
      guard let error = error as? PublishError else { return false }
      return error.kind == .invalid && !error.message.contains("secret") && !error.advice.isEmpty
    }
  }

  @Test(arguments: [
    ("gpsindex", "\"gpsindex\""), ("a\"b", "\"a\"\"b\""), ("Ü", "\"Ü\""),
  ])
  func schemaIsQuoted(name: String, quoted: String) throws {
    #expect(try PublishSchema(name).quoted == quoted)
  }

  @Test(arguments: ["", "pg_catalog", "a\0b", String(repeating: "x", count: 64)])
  func schemaThatPostgreSQLRefusesIsRefused(name: String) {
    #expect(throws: PublishError.self) { _ = try PublishSchema(name) }
  }

  @Test func namesWithQuotesAndBackslashesMakeAnArray() {
    let array = PostgresText.array(["a", "b\"c", "d\\", "e,f{}", ""])
    #expect(array == #"{"a","b\"c","d\\","e,f{}",""}"#)
  }

  @Test(arguments: [
    ("42501", false, PublishError.Kind.refused), ("53100", false, .full),
    ("25006", false, .configuration),
    ("57P01", true, .unreachable), ("", true, .unreachable), ("55P03", false, .busy),
    ("54000", false, .conflict), ("XX000", false, .other),
  ])
  func serverErrorsAreClassified(state: String, isCut: Bool, kind: PublishError.Kind) {
    let error = DatabaseFailure(
      state: state, message: "m", isCut: isCut, shown: "s", database: "d", user: "u"
    ).error
    #expect(error.kind == kind && error.message.contains("m") && !error.advice.isEmpty)
  }
}
