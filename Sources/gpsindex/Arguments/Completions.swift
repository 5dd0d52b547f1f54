import ArgumentParser
import GeoFormats
import PhotoIndex
import PhotoModel

/// Shell completions from the index that the command line names. They never fail: a shell would show the error in the
/// middle of the line.
enum Completions {
  static let sites = CompletionKind.custom { words, _, _ in siteNames(words) }
  static let folders = CompletionKind.custom { words, _, _ in folderNames(words) }
  static let formats = CompletionKind.list(OutputFormat.allCases.map(\.rawValue))
  static let flags = CompletionKind.list(PhotoFlags.names.map(\.name))

  static func siteNames(_ words: [String]) -> [String] {
    guard let reader = reader(words) else { return [] }
    return ((try? reader.sites()) ?? []).map(\.name)
  }

  /// The folders of `--site`, else of all sites.
  static func folderNames(_ words: [String]) -> [String] {
    guard let reader = reader(words), let sites = try? reader.sites() else { return [] }
    let wanted = value(of: "--site", in: words)
    var names: Set<String> = []
    for site in sites where wanted.map(site.name.hasSameBytes) ?? true {
      names.formUnion(((try? reader.knownFolders(site.id)) ?? []).map(\.path.text))
    }
    return names.filter { !$0.isEmpty && !$0.contains("\n") }.sorted()
  }

  private static func reader(_ words: [String]) -> IndexReader? {
    guard
      let path = try? CommonOptions.indexPath(
        option: value(of: "--index", in: words), environment: Environment.value)
    else { return nil }
    return try? IndexReader(path: path)
  }

  private static func value(of option: String, in words: [String]) -> String? {
    for (word, next) in zip(words, words.dropFirst()) where word == option { return next }
    return words.first { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
  }
}
