import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {readRows} from '../../src/data/parquet/table.ts'
import {type Random, random} from '../../src/tensor/random.ts'
import {countReadings, splice} from './fuzz.ts'

const FOLDER = join(import.meta.dirname, '../datasets')
const FILES = ['kinds', 'kinds-2', 'stsb/none-1', 'stsb/snappy-2', 'stsb/gzip-1', 'stsb/zstd-1', 'images/food']

/** Reads `count` mutations of real parquet files; throws the first error that is no fault of input on one line. */
export function fuzzParquet(count: number, {seed, at}: {readonly seed: number; readonly at: string}) {
  const originals = FILES.map(name => readFileSync(join(FOLDER, `${name}.parquet`)))
  const dice = random(seed, 'parquet')
  return countReadings(count, async i => {
    writeFileSync(at, mutate(originals[i % originals.length], dice))
    const began = performance.now()
    await readRows(at).finally(() => {
      if (performance.now() - began > SLOW) throw new Error(`mutation ${i} of seed ${seed} takes over ${SLOW} ms`)
    })
  })
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
