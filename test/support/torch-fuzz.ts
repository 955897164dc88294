import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {readZip} from '../../src/data/zip.ts'
import {size} from '../../src/engine/program.ts'
import {type Random, random} from '../../src/tensor/random.ts'
import {readStateDict} from '../../src/weights/torch.ts'
import {countReadings, splice} from './fuzz.ts'
import {zipOf} from './zip.ts'

const FOLDER = join(import.meta.dirname, '../fixtures/torch')

/** Reads `count` mutations of real files of PyTorch; throws the first error that is no fault of input on one line. */
export function fuzzTorch(count: number, seed: number) {
  const originals = ['views.bin', 'kinds.bin', 'views-protocol-4.bin', 'views-legacy.bin', 'kinds-legacy.bin'].map(
    name => readFileSync(join(FOLDER, name)),
  )
  const dice = random(seed, 'torch')
  return countReadings(count, async i => {
    const original = originals[i % originals.length]
    await readAll(i % 3 === 0 ? await rezipped(original, dice) : mutate(original, dice))
  })
}

async function readAll(bytes: Buffer): Promise<void> {
  for (const {shape, at} of Object.values(await readStateDict(inMemory(bytes), 'x.bin'))) {
    if ('data' in at ? at.data.length !== size(shape) : !(at.offset + at.bytes <= bytes.length))
      throw new Error('beyond')
  }
}

const inMemory = (bytes: Buffer) => ({
  path: '/x.bin',
  bytes: bytes.length,
  async read(into: Uint8Array, offset: number) {
    if (!(offset >= 0 && offset + into.length <= bytes.length)) throw new Error(`reads at ${offset}`)
    into.set(bytes.subarray(offset, offset + into.length))
  },
})

/** Changes the pickle alone, and packs it anew: the archive stays whole. */
async function rezipped(original: Buffer, dice: Random): Promise<Buffer> {
  if (original[0] !== 0x50) return mutate(original, dice)
  const records = [...(await readZip(inMemory(original), 'x.bin'))].map(([name, {offset, bytes}]) => {
    const data = original.subarray(offset, offset + bytes)
    return {name, data: name.endsWith('data.pkl') ? mutate(data, dice) : data}
  })
  return zipOf(records)
}

/** Changes one to three places. */
function mutate(original: Buffer, dice: Random): Buffer {
  let bytes: Buffer = Buffer.from(original)
  for (let n = dice.int(3); n >= 0; n--) {
    const at = dice.int(Math.max(1, bytes.length))
    const token = TOKENS[dice.int(TOKENS.length)]
    const kind = dice.int(8)
    if (kind === 0) bytes[at] ^= 1 << dice.int(8)
    else if (kind === 1) bytes[at] = dice.int(256)
    else if (kind === 2) bytes = splice(bytes, at, 1 + dice.int(9), Buffer.alloc(0))
    else if (kind === 3) bytes = splice(bytes, at, token.length, token)
    else if (kind === 4) bytes = splice(bytes, at, 0, token)
    else if (kind === 5) bytes = bytes.subarray(0, Math.max(1, at))
    else if (kind === 6) bytes = splice(bytes, at, 4, Buffer.from([0xff, 0xff, 0xff, dice.int(2) ? 0xff : 0x7f]))
    else bytes = splice(bytes, at, dice.int(20), bytes.subarray(dice.int(bytes.length)).subarray(0, dice.int(40)))
  }
  return bytes
}

const TOKENS = [
  ...['(', ')', '}', ']', 'N', '0', '1', '.', 'R', 'b', 'Q', 's', 'u', 'e', 'a', 't', 'l', 'd', '\x81', '\x93', '\x94'],
  ...[
    'h\x00',
    'q\x00',
    'j\xff\xff\xff\xff',
    'r\xff\xff\xff\xff',
    'K\x00',
    'M\xff\xff',
    'J\xff\xff\xff\xff',
    '\x8a\x08\xff',
  ],
  ...[
    'cos\nsystem\n',
    'cbuiltins\neval\n',
    'ctorch\nFloatStorage\n',
    'ccollections\nOrderedDict\n',
    'X\x01\x00\x00\x00a',
  ],
  ...[
    'X\x09\x00\x00\x00__proto__',
    '\x8a\x20',
    '\x8b\xff\xff\xff\x7f',
    'G',
    '\x95',
    '\x80\x02',
    'PK\x03\x04',
    'PK\x01\x02',
  ],
].map(text => Buffer.from(text, 'latin1'))
