import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {Fault} from '../../src/base/fault.ts'
import {readRows} from '../../src/data/parquet/table.ts'
import {type Random, random} from '../../src/tensor/random.ts'

const FOLDER = join(import.meta.dirname, '../datasets')
const FILES = ['kinds', 'kinds-2', 'stsb/none-1', 'stsb/snappy-2', 'stsb/gzip-1', 'stsb/zstd-1', 'images/food']

/** Reads `count` mutations of real parquet files; throws the first error that is no fault of input on one line. */
export async function fuzzParquet(count: number, {seed, at}: {readonly seed: number; readonly at: string}) {
  const originals = FILES.map(name => readFileSync(join(FOLDER, `${name}.parquet`)))
  const dice = random(seed, 'parquet')
  const counts = {read: 0, refused: 0}
  for (let i = 0; i < count; i++) {
    const bytes = mutate(originals[i % originals.length], dice)
    writeFileSync(at, bytes)
    const began = performance.now()
    try {
      await readRows(at)
      counts.read++
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'input' || /[\n\r]/.test(error.message)) throw error
      counts.refused++
    }
    if (performance.now() - began > SLOW) throw new Error(`mutation ${i} of seed ${seed} takes longer than ${SLOW} ms`)
  }
  return counts
}

/** Changes one to three places: half of them in the footer, which says what the rest is. */
function mutate(original: Buffer, dice: Random): Buffer {
  let bytes: Buffer = Buffer.from(original)
  const footer = bytes.readUInt32LE(bytes.length - 8)
  for (let n = dice.int(3); n >= 0; n--) {
    const at =
      dice.int(2) === 0
        ? dice.int(bytes.length)
        : Math.max(0, bytes.length - 8 - footer + dice.int(Math.min(footer, 900)))
    const kind = dice.int(7)
    const token = TOKENS[dice.int(TOKENS.length)]
    if (kind === 0) bytes[at] ^= 1 << dice.int(8)
    else if (kind === 1) bytes[at] = dice.int(256)
    else if (kind === 2) bytes = splice(bytes, at, 1 + dice.int(4), Buffer.alloc(0))
    else if (kind <= 4) bytes = splice(bytes, at, token.length, token)
    else if (kind === 5) bytes = splice(bytes, at, 0, token)
    else bytes = splice(bytes, at, dice.int(20), bytes.subarray(dice.int(bytes.length)).subarray(0, dice.int(40)))
  }
  return dice.int(50) === 0 ? bytes.subarray(0, dice.int(bytes.length)) : bytes
}

const splice = (bytes: Buffer, at: number, removed: number, put: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)])

/** Large numbers as Thrift and as parquet's runs have them, a long list, a nested struct, an end. */
const TOKENS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xfe, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x20],
  [0xfc, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xf9, 0xff, 0xff, 0xff, 0x07],
  [0x1c, 0x1c, 0x1c, 0x1c],
  [0],
  [1],
  [2, 0, 0, 0, 2],
].map(token => Buffer.from(token))

/** The reader stops a small file after 36 s. */
const SLOW = 40_000
