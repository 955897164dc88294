import {isUtf8} from 'node:buffer'

/**
 * The defect of a precompiled character map of SentencePiece; undefined if it has none. The map is the size of a trie in
 * bytes, the trie (darts-clone's double array, little-endian), then the texts that it points to, each ended by a NUL. The
 * tokenizers library follows its links unchecked, and ends the process if one points outside the map.
 */
export function charsmapProblem(bytes: Uint8Array): string | undefined {
  if (bytes.length < 8) return `only ${bytes.length} bytes`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = view.getUint32(0, true)
  if (size === 0 || size % 4 !== 0 || size > bytes.length - 4)
    return `its trie has ${size} bytes, which must be a multiple of 4 from 4 to ${bytes.length - 4}`
  const texts = bytes.subarray(4 + size)
  if (!isUtf8(texts)) return 'its texts are not UTF-8'
  const units = Uint32Array.from({length: size / 4}, (_, i) => view.getUint32(4 + 4 * i, true))
  return trieProblem(units, at => at < texts.length && (texts[at] & 0xc0) !== 0x80)
}

/** The number of bytes of the longest text of a map, which may replace a text of one byte; 0 if the map has none. */
export function longestReplacement(bytes: Buffer): number {
  if (bytes.length < 4) return 0
  let longest = 0
  for (let at = 4 + bytes.readUInt32LE(0); at < bytes.length; ) {
    const nul = bytes.indexOf(0, at)
    const end = nul === -1 ? bytes.length : nul
    longest = Math.max(longest, end - at)
    at = end + 1
  }
  return longest
}

/** Follows every link from the root. A unit is visited once, so that a cycle ends. */
function trieProblem(units: Uint32Array, isText: (at: number) => boolean): string | undefined {
  const seen = new Uint8Array(units.length)
  const open = [0]
  for (let unit = open.pop(); unit !== undefined; unit = open.pop()) {
    const base = unit ^ offset(units[unit])
    if ((base | 0xff) >= units.length) return `unit ${unit} of its trie points beyond the last one`
    if (unit !== 0 && hasLeaf(units[unit]) && !isText(value(units[base])))
      return `unit ${unit} of its trie points to no text`
    for (let byte = 1; byte < 256; byte++) {
      const child = base ^ byte
      if (label(units[child]) !== byte || seen[child]) continue
      seen[child] = 1
      open.push(child)
    }
  }
}

const offset = (unit: number) => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0
const hasLeaf = (unit: number) => (unit & 0x100) !== 0
const label = (unit: number) => (unit & 0x800000ff) >>> 0
const value = (unit: number) => unit & 0x7fffffff
