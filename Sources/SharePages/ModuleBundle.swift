/// Puts the modules of a page into one script: each becomes a function that returns what others import from it.
///
/// Understands the forms that our own modules use: one `import { a, b } from "./x.js";` or `import * as x from "./x.js";` per
/// line, and `export` in front of a declaration. Modules stand behind those that they import.
struct ModuleBundle {
  struct Module {
    /// Without the extension; a module may stand in for several of the map page.
    var names: [String]
    var source: [UInt8]
  }

  private struct Import {
    var names: [String]
    var alias: String?
    var module: String
  }

  let modules: [Module]

  var script: String {
    let parsed = modules.map { Self.parsed(String(decoding: $0.source, as: UTF8.self)) }
    var wanted: [String: Set<String>] = [:]
    for one in parsed.flatMap(\.imports) { wanted[one.module, default: []].formUnion(one.names) }
    var out = "(() => {\n\"use strict\";\n"
    for (module, part) in zip(modules, parsed) {
      let exported = module.names.reduce(into: part.exports) { $0.formUnion(wanted[$1] ?? []) }
      out += "const $\(module.names[0]) = (() => {\n"
      for one in part.imports {
        if let alias = one.alias {
          out += "const \(alias) = $\(one.module);\n"
        } else {
          out += "const { \(one.names.joined(separator: ", ")) } = $\(one.module);\n"
        }
      }
      out += part.body + "\nreturn { \(exported.sorted().joined(separator: ", ")) };\n})();\n"
      for name in module.names.dropFirst() { out += "const $\(name) = $\(module.names[0]);\n" }
      // The map library of the map page is global.
      if module.names[0] == "view" { out += "const { L } = $view;\n" }
    }
    return out + "})();\n"
  }

  private static func parsed(
    _ source: String
  ) -> (imports: [Import], exports: Set<String>, body: String) {
    var imports: [Import] = []
    var exports: Set<String> = []
    var lines: [Substring] = []
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      if let found = importLine(line) {
        imports.append(found)
      } else if line.hasPrefix("export ") {
        let declaration = line.dropFirst("export ".count)
        if let name = declaredName(declaration) { exports.insert(name) }
        lines.append(declaration)
      } else {
        lines.append(line)
      }
    }
    return (imports, exports, lines.joined(separator: "\n"))
  }

  private static func importLine(_ line: Substring) -> Import? {
    guard line.hasPrefix("import ") else { return nil }
    let parts = line.split(separator: "\"")
    guard parts.count >= 2, parts[1].hasPrefix("./"), parts[1].hasSuffix(".js") else { return nil }
    let words = parts[0].split { " ,{}".contains($0) }.map(String.init)
    guard words.count >= 3, words.last == "from" else { return nil }
    let module = String(parts[1].dropFirst(2).dropLast(3))
    let named = Array(words.dropFirst().dropLast())
    return named.first == "*"
      ? Import(names: [], alias: named.last, module: module)
      : Import(names: named, alias: nil, module: module)
  }

  private static func declaredName(_ declaration: Substring) -> String? {
    let kinds = ["const", "let", "function", "class", "async"]
    return declaration.split { " (={".contains($0) }.map(String.init).first { !kinds.contains($0) }
  }
}
