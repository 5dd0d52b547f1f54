import ArgumentParser
import FlightQC
import PhotoModel

/// Reads photos from CSV (RFC 4180); see `QCCheck.swift` for the columns.
struct PhotoTable {
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var columns: [String] = []

  static let known: Set<String> = [
    "set", "folder", "file", "size", "status", "reason", "flags", "lon", "lat", "alt_m",
    "alt_reference", "altitude_type", "rel_alt_m", "taken_at", "satellite_at", "taken_local",
    "utc_offset_min", "camera_make", "camera_model", "serial_number", "image_source",
    "pixel_width", "pixel_height", "focal_length_35_mm", "focal_length_mm", "calibrated_focal_px",
    "optical_centre_x_px", "sensor_px_per_mm", "digital_zoom", "yaw", "pitch", "roll",
    "flight_yaw", "rtk_flag", "rtk_std_lon_m", "rtk_std_lat_m", "rtk_std_height_m", "exposure_s",
    "speed_north_m_s", "speed_east_m_s", "capture_id",
  ]

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard let header = record() else { throw ValidationError("the file is empty") }
    columns = header
    for column in columns where !Self.known.contains(column) {
      throw ValidationError("unknown column “\(column)”")
    }
    guard columns.contains("file") else { throw ValidationError("column file is missing") }
  }

  mutating func next() throws -> (set: String, photo: FlightPhoto)? {
    guard let cells = record() else { return nil }
    guard cells.count == columns.count else {
      throw ValidationError("line \(line): \(cells.count) cells, not \(columns.count)")
    }
    let row = Dictionary(uniqueKeysWithValues: zip(columns, cells))
    return (row["set"] ?? "", try Cells(row: row, line: line).photo())
  }

  private mutating func record() -> [String]? {
    guard index < bytes.count else { return nil }
    var cells: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if isQuoted {
        if byte != 0x22 {
          cell.append(byte)
        } else if index < bytes.count, bytes[index] == 0x22 {
          cell.append(byte)
          index += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case 0x22: isQuoted = true
      case 0x2C:
        cells.append(String(decoding: cell, as: UTF8.self))
        cell = []
      case 0x0A:
        line += 1
        cells.append(String(decoding: cell, as: UTF8.self))
        return cells
      case 0x0D: break
      default: cell.append(byte)
      }
    }
    cells.append(String(decoding: cell, as: UTF8.self))
    return cells
  }
}

/// One line of the table.
private struct Cells {
  let row: [String: String]
  let line: Int

  func text(_ column: String) -> String? {
    guard let value = row[column], !value.isEmpty else { return nil }
    return value
  }

  func real(_ column: String) throws -> Double? {
    guard let value = text(column) else { return nil }
    guard let number = Double(value), number.isFinite else {
      throw ValidationError("line \(line): \(column) “\(value)” is not a number")
    }
    return number
  }

  func integer(_ column: String) throws -> Int? {
    guard let value = text(column) else { return nil }
    guard let number = Int(value) else {
      throw ValidationError("line \(line): \(column) “\(value)” is not a whole number")
    }
    return number
  }

  func time(_ column: String) throws -> Int64? {
    guard let value = text(column) else { return nil }
    guard let time = LocalClock.milliseconds(value) else {
      throw ValidationError("line \(line): \(column) “\(value)” is not a time")
    }
    return time
  }

  func photo() throws -> FlightPhoto {
    var photo = FlightPhoto()
    photo.id = Int64(line)
    photo.site = text("set") ?? ""
    photo.folder = text("folder") ?? ""
    photo.name = text("file") ?? ""
    photo.size = try integer("size").map(Int64.init)
    switch text("status") ?? "located" {
    case "located":
      if let longitude = try real("lon"), let latitude = try real("lat") {
        photo.position = Coordinate(latitude: latitude, longitude: longitude)
      } else {
        photo.problem = .withoutPosition(.noGPS)
      }
    case "without-position":
      photo.problem = .withoutPosition(
        NoPosition(rawValue: text("reason") ?? "no-gps") ?? .noGPS)
    case "failed":
      photo.problem = .failed(Failure(rawValue: text("reason") ?? "damaged") ?? .damaged)
    default: throw ValidationError("line \(line): unknown status")
    }
    let flags = (text("flags") ?? "").split(separator: ",").map(String.init)
    for (name, flag) in PhotoFlags.names where flags.contains(name) { photo.flags.insert(flag) }
    photo.altitude = try real("alt_m")
    photo.altitudeReference = text("alt_reference").flatMap(AltitudeReference.init)
    photo.altitudeType = text("altitude_type")
    photo.relativeAltitude = try real("rel_alt_m")
    photo.takenAt = try time("taken_at")
    photo.satelliteAt = try time("satellite_at")
    photo.takenLocal = try time("taken_local")
    photo.utcOffset = try integer("utc_offset_min")
    photo.make = text("camera_make")
    photo.model = text("camera_model")
    photo.serial = text("serial_number")
    photo.imageSource = text("image_source")
    photo.lens = try lens()
    if let yaw = try real("yaw"), let pitch = try real("pitch") {
      photo.attitude = Attitude(yaw: yaw, pitch: pitch, roll: try real("roll") ?? 0)
    }
    photo.flightYaw = try real("flight_yaw")
    photo.rtkFlag = try integer("rtk_flag")
    photo.rtkStdLon = try real("rtk_std_lon_m")
    photo.rtkStdLat = try real("rtk_std_lat_m")
    photo.rtkStdHeight = try real("rtk_std_height_m")
    photo.exposureTime = try real("exposure_s")
    photo.speedNorth = try real("speed_north_m_s")
    photo.speedEast = try real("speed_east_m_s")
    photo.captureID = text("capture_id")
    return photo
  }

  private func lens() throws -> LensValues {
    var lens = LensValues()
    lens.width = try real("pixel_width")
    lens.height = try real("pixel_height")
    lens.focal35 = try real("focal_length_35_mm")
    lens.focal = try real("focal_length_mm")
    lens.calibratedFocal = try real("calibrated_focal_px")
    lens.opticalCentreX = try real("optical_centre_x_px")
    lens.sensorResolution = try real("sensor_px_per_mm")
    lens.digitalZoom = try real("digital_zoom")
    return lens
  }
}
