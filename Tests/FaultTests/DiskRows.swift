import Foundation
import TestSupport
import Testing

/// Rows of docs/faults.md: a full disk and a read-only disk. Both are real file systems, mounted only for the commands of the
/// test (`unshare`).
@Suite(.enabled(if: Setting.isPossible, "no OpenSSH server is installed"))
struct DiskRows {
  private static let canMount =
    (try? Command.run("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).exitCode) == 0

  /// Runs lines of shell after mounting; `$index` is the index there, `"$@"` the sync, `gpsindex` any command.
  private func run(_ setting: Setting, disk: String, _ script: String) throws -> Command.Result {
    setting.variables["GPSINDEX_INDEX"] = disk + "/index.gpkg"
    return try setting.sync(
      shell: """
        exec unshare -rm sh -c '
          disk=\(disk); index=$disk/index.gpkg; program=$1
          gpsindex() { "$program" "$@"; }
          \(script)
        ' sh "$@"
        """)
  }

  /// Committed batches stay; after space is freed the next sync continues.
  @Test(.enabled(if: canMount, "no file system can be mounted here"), arguments: [256, 700])
  func f28_fullDisk(_ kibibytes: Int) throws {
    let setting = try Setting(photos: 1500)
    setting.timeout = 10
    let disk = try setting.folder.folder("disk")
    let result = try run(
      setting, disk: disk,
      """
      mount -t tmpfs -o size=\(kibibytes)k none "$disk"
      "$@"; echo "full $?"
      gpsindex check -q >&2; echo "check $?"
      gpsindex query --count
      mount -o remount,size=64m "$disk"
      "$@"; echo "room $?"
      gpsindex check -q >&2; echo "check $?"
      gpsindex query --count
      """)
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(lines.first == "full 74", "\(lines) \(result.errorText)")
    #expect(result.errorText.contains("no space left"), "\(result.errorText)")
    #expect(!result.errorText.contains("damaged"), "\(result.errorText)")
    #expect(lines.suffix(3) == ["room 0", "check 0", "1500"], "\(lines) \(result.errorText)")
    if kibibytes > 512 {
      #expect(lines.dropFirst().first == "check 0", "\(lines)")
      let kept = lines.dropFirst(2).first.flatMap { Int($0) } ?? 0
      #expect(kept > 0 && kept < 1500, "\(lines)")
    }
  }

  /// Not even SQLite's side files fit; queries work without them.
  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func f28_queriesOnAFullDisk() throws {
    let setting = try Setting()
    let disk = try setting.folder.folder("disk")
    let result = try run(
      setting, disk: disk,
      """
      mount -t tmpfs -o size=2048k none "$disk"
      "$@"; echo "sync $?"
      dd if=/dev/zero of="$disk/rest" bs=1k count=4096 2>/dev/null
      gpsindex query --count; echo "count $?"
      gpsindex query -f geojsonseq | grep -c DJI_; echo "rows $?"
      for command in status folders problems "site list" "check -q"; do
        gpsindex $command >/dev/null; echo "$command $?"
      done
      "$@" --full; echo "sync $?"
      rm "$disk/rest"
      gpsindex query --count
      "$@" --full; echo "sync $?"
      gpsindex check -q >&2; echo "check $?"
      """)
    #expect(
      result.text.split(separator: "\n") == [
        "sync 0", "40", "count 0", "40", "rows 0", "status 0", "folders 0", "problems 0",
        "site list 0", "check -q 0", "sync 74", "40", "sync 0", "check 0",
      ], "\(result.text)\(result.errorText)")
    #expect(result.errorText.contains("no space left"), "\(result.errorText)")
  }

  @Test(.enabled(if: canMount, "no file system can be mounted here"))
  func f31_readOnlyDisk() throws {
    let setting = try Setting()
    let disk = try setting.folder.folder("disk")
    setting.variables = ["GPSINDEX_INDEX": disk + "/index.gpkg"]
    #expect(try setting.sync().exitCode == 0)
    let before = try FileManager.default.contentsOfDirectory(atPath: disk)
    let result = try run(
      setting, disk: disk,
      """
      mount --bind "$disk" "$disk" && mount -o remount,bind,ro "$disk"
      touch "$disk/x" 2>/dev/null && echo "not read-only"
      gpsindex query --count; echo "query $?"
      gpsindex query -f geojsonseq | grep -c DJI_; echo "rows $?"
      "$@"; echo "sync $?"
      """)
    #expect(
      result.text.split(separator: "\n") == ["40", "query 0", "40", "rows 0", "sync 74"],
      "\(result.text)\(result.errorText)")
    #expect(result.errorText.contains("index.gpkg"), "\(result.errorText)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == before)
  }

  /// A read-only file; root can always write, so this needs another user.
  @Test(.enabled(if: getuid() != 0, "root may write to any file"))
  func f31_readOnlyFile() throws {
    let setting = try Setting()
    #expect(try setting.sync().exitCode == 0)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o400], ofItemAtPath: setting.folder.file("index.gpkg"))
    #expect(try setting.gpsindex("query", "--count").text == "40\n")
    #expect(try setting.sync().exitCode == 74)
  }
}
