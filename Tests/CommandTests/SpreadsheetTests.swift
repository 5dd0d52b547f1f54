import Foundation
import Testing

@testable import gpsindex

/// Options for spreadsheets, with every command that writes CSV.
@Suite struct SpreadsheetTests {
  private static let mark = Data([0xEF, 0xBB, 0xBF])
  private static let commands: [[String]] = [
    ["query"], ["folders"], ["problems"], ["problems", "--counts"], ["changes", "--since", "0"],
    ["status"], ["status", "--runs"], ["site", "list"], ["show", "flight1/DJI_0001.JPG"], ["qc"],
    ["config", "show"],
  ]

  private let shop: Workshop
  init() throws { shop = try Workshop() }

  @Test(arguments: commands) func excelSelectsCSVWithAMark(command: [String]) throws {
    let plain = try shop.run(command + ["-f", "csv"])
    let excel = try shop.run(command + ["--excel"])
    // Flights with errors end with 3.
    #expect([0, 3].contains(plain.status) && excel.status == plain.status, "\(excel.errors)")
    #expect(excel.outputBytes == Self.mark + plain.outputBytes)
    let commas = try shop.run(command + ["--excel", "--decimal-comma"])
    let header = plain.output.prefix { $0 != "\r\n" }.replacing(",", with: ";")
    #expect(commas.outputBytes.starts(with: Self.mark + Data(header.utf8)))
  }

  @Test(arguments: commands) func otherFormatsRefuseThem(command: [String]) throws {
    for option in ["--excel", "--decimal-comma"] {
      let result = try shop.run(command + ["-f", "json", option])
      #expect(result.status == 64 && result.outputBytes.isEmpty)
      #expect(result.errors.contains("\(option) is not supported for json"), "\(result.errors)")
    }
  }

  @Test func exportTakesThem() throws {
    #expect(try shop.run("export", "--excel", "-o", "photos.csv").status == 0)
    #expect(try Data(contentsOf: URL(filePath: shop.path("photos.csv"))).starts(with: Self.mark))
  }

  @Test func theIndexOfCommandsWithCSVIsComplete() throws {
    // A command whose help offers CSV has the options.
    let names = [
      "query", "folders", "export", "problems", "changes", "status", "site list", "show", "qc",
      "config show", "check", "verify", "doctor", "fetch", "sync", "publish", "site show",
    ]
    for name in names {
      let help = try shop.run(name.split(separator: " ").map(String.init) + ["--help"]).output
      let formats = help.split(separator: "\n").contains {
        $0.contains("csv") && ($0.contains("table") || $0.contains("json"))
      }
      #expect(formats == help.contains("--excel"), "\(name)")
    }
  }

  // MARK: Files without a name

  @Test(arguments: [
    ["query", "-o", ""], ["query", "--output="], ["export", "-o", ""], ["folders", "-o", ""],
    ["changes", "-o", ""], ["problems", "-o", ""], ["qc", "-o", ""], ["qc", "--report", ""],
    ["qc", "--footprints", ""], ["fetch", "--to", ""], ["fetch", "--to", "d", "--manifest", ""],
    ["show", "flight1/DJI_0001.JPG", "--thumbnail", "-o", ""], ["query", "--index", ""],
  ])
  func anEmptyFileNameIsAUsageError(arguments: [String]) throws {
    let result = try shop.run(arguments)
    #expect(result.status == 64 && result.outputBytes.isEmpty, "\(result.errors)")
    #expect(result.errors.contains("\ntry: "), "\(result.errors)")
  }
}
