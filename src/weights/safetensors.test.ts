import {execFileSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {faultOf} from '../../test/support/fault-of.ts'
import {Fault} from '../base/fault.ts'
import {toBfloat16, toFloat16} from '../base/half.ts'
import {sha256} from '../base/sha256.ts'
import type {StoredDType} from '../engine/program.ts'
import {type Random, random} from '../tensor/random.ts'
import {readHeader} from './header.ts'
import {readSafetensors, readTensor, type Writable, writeSafetensors} from './safetensors.ts'

const folder = openFolder()

const ONE = {dtype: 'F32', shape: [2], data_offsets: [0, 8]}

/** A file of this header and so many bytes of data. */
function raw(header: unknown, bytes = 8, length?: bigint): Buffer {
  const text = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length ?? BigInt(text.length))
  return Buffer.concat([prefix, text, Buffer.alloc(bytes)])
}

function put(content: string | Uint8Array, name = 'case.safetensors'): string {
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

const one = (entry: object) => raw({a: {...ONE, ...entry}})
const text = (entry: string) => raw(`{"a":${entry}}`)

const HOSTILE: readonly (readonly [string, Buffer, RegExp])[] = [
  ['an empty file', Buffer.alloc(0), /not safetensors: only 0 bytes/],
  ['seven bytes', Buffer.alloc(7), /only 7 bytes/],
  ['a length and nothing else', raw('', 0, 2n), /cut short: its header has 2 bytes, of which 0 are present/],
  ['a header of no bytes', raw('', 0), /header: does not begin with \{/],
  ['a header longer than the file', raw({a: ONE}, 8, 200n), /cut short: its header has 200 bytes/],
  ['a header one byte longer than the file', raw('{}', 0, 3n), /cut short/],
  ['a header longer than 100 MB', raw('{}', 0, 100_000_001n), /may have 100000000 bytes, not 100000001/],
  ['a length of 2⁶⁴ − 1', raw('{}', 0, 2n ** 64n - 1n), /not 18446744073709551615/],
  ['a length of 2⁵³ + 1', raw('{}', 0, 2n ** 53n + 1n), /is this safetensors/],
  ['a pointer of Git LFS', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS pointer/],
  ['a pickle', Buffer.from('\x80\x02}q\x00X\x01\x00\x00\x00aq\x01.', 'latin1'), /is this safetensors/],
  ['a list', raw('[]', 0), /does not begin with \{/],
  ['space before the brace', raw(' {}', 0), /does not begin with \{/],
  ['a byte order mark', raw('\ufeff{}', 0), /does not begin with \{/],
  ['no JSON', raw('{a:1}', 0), /header: not JSON/],
  ['half of the JSON', raw('{"a":{"dtype":"F32"', 0), /header: not JSON/],
  ['more behind the object', raw('{}{}', 0), /header: not JSON/],
  ['zero bytes behind the object', raw('{}\0\0', 0), /header: not JSON/],
  ['a newline in a name', raw('{"a\n":1}', 0), /header: not JSON/],
  ['no UTF-8', raw(Buffer.from('{"\xff":1}', 'latin1'), 0), /header: not UTF-8/],
  ['an overlong slash', raw(Buffer.from('{"\xc0\xaf":1}', 'latin1'), 0), /header: not UTF-8/],
  ['a depth of 100,000', raw(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 0), /nested deeper than 64/],
  ['a tensor twice', raw(`{"a":${JSON.stringify(ONE)},"a":${JSON.stringify(ONE)}}`), /a key occurs twice: a/],
  ['a tensor twice, once escaped', raw(`{"a":${JSON.stringify(ONE)},"\\u0061":1}`), /a key occurs twice: a/],
  [
    'a dtype twice',
    text('{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}'),
    /a key occurs twice: dtype/,
  ],
  ['a metadata key twice', raw('{"__metadata__":{"a":"","a":""}}', 0), /a key occurs twice: a/],
  ['a tensor named __proto__', raw(`{"__proto__":${JSON.stringify(ONE)}}`), /may not be named __proto__/],
  ['__proto__ in escapes', raw(`{"\\u005f_proto__":${JSON.stringify(ONE)}}`), /may not be named __proto__/],
  ['a tensor named constructor', raw({constructor: ONE}), /may not be named constructor/],
  ['a tensor named prototype', raw({prototype: ONE}), /may not be named prototype/],
  ['half of a surrogate pair', raw(`{"\\ud800":${JSON.stringify(ONE)}}`), /not a valid tensor name: \\ud800/],
  ['metadata that are a list', raw({__metadata__: []}, 0), /__metadata__ is not a map/],
  ['metadata with a number', raw({__metadata__: {step: 1}}, 0), /__metadata__ is not a map/],
  ['a tensor that is null', text('null'), /tensor a: its description is not an object/],
  ['a tensor that is a list', text('[]'), /tensor a: its description is not an object/],
  ['a tensor that is text', text('"F32"'), /tensor a: its description is not an object/],
  ['no dtype', one({dtype: undefined}), /dtype is none of F64, .*: undefined$/],
  ['a dtype of no meaning', one({dtype: 'F33'}), /dtype is none of F64, .*: "F33"$/],
  ['a dtype in small letters', one({dtype: 'f32'}), /dtype is none of/],
  ['a dtype that is not read', one({dtype: 'F8_E4M3', shape: [8]}), /dtype is none of .*: "F8_E4M3"$/],
  ['a dtype named like a property', one({dtype: 'toString'}), /dtype is none of .*: "toString"$/],
  ['a dtype that is a number', one({dtype: 4}), /dtype is none of .*: 4$/],
  ['no shape', one({shape: undefined}), /shape is not a list of whole numbers of at least 0: undefined$/],
  ['a shape that is a number', one({shape: 2}), /shape is not a list of whole numbers/],
  ['a negative dimension', one({shape: [-2]}), /shape is not a list of whole numbers/],
  ['two negative dimensions', one({shape: [-1, -2]}), /shape is not a list of whole numbers/],
  ['half a dimension', one({shape: [0.5, 4]}), /shape is not a list of whole numbers/],
  ['a dimension in quotes', one({shape: ['2']}), /shape is not a list of whole numbers/],
  ['a dimension that is null', one({shape: [null]}), /shape is not a list of whole numbers/],
  [
    'a dimension beyond all numbers',
    text('{"dtype":"F32","shape":[1e999],"data_offsets":[0,8]}'),
    /shape is not a list/,
  ],
  ['a dimension of 2⁵³', one({shape: [2 ** 53]}), /shape is not a list of whole numbers/],
  [
    'a product that wraps to 8 bytes in 64 bits',
    one({shape: [2 ** 32 + 2, 2 ** 31]}),
    /more bytes than can be counted/,
  ],
  ['a product too large before a zero', one({shape: [2 ** 40, 2 ** 40, 0]}), /more bytes than can be counted/],
  ['a shape too large for its bytes', one({shape: [3]}), /F32 \[3\] takes 12 bytes, but its data_offsets span 8/],
  ['a shape too small for its bytes', one({shape: [1]}), /F32 \[1\] takes 4 bytes/],
  ['no offsets', one({data_offsets: undefined}), /data_offsets are not a begin and an end: undefined$/],
  ['one offset', one({data_offsets: [0]}), /data_offsets are not a begin and an end/],
  ['three offsets', one({data_offsets: [0, 8, 16]}), /data_offsets are not a begin and an end/],
  ['offsets that go back', one({data_offsets: [8, 0]}), /data_offsets are not a begin and an end/],
  ['a negative offset', one({data_offsets: [-8, 0]}), /data_offsets are not a begin and an end/],
  ['offsets with a fraction', one({data_offsets: [0.5, 8.5]}), /data_offsets are not a begin and an end/],
  [
    'bytes before the first tensor',
    raw({a: {...ONE, data_offsets: [4, 12]}}, 12),
    /bytes 0 to 4 before it belong to no tensor/,
  ],
  [
    'bytes between two tensors',
    raw({a: ONE, b: {...ONE, data_offsets: [12, 20]}}, 20),
    /tensor b: bytes 8 to 12 before it/,
  ],
  ['bytes after the last tensor', raw({a: ONE}, 9), /1 bytes after the last tensor belong to no tensor/],
  ['data without a tensor', raw('{}', 1), /1 bytes after the last tensor/],
  ['two tensors in one place', raw({a: ONE, b: ONE}), /tensor b: overlaps/],
  ['a tensor half in another', raw({a: ONE, b: {...ONE, data_offsets: [4, 12]}}, 12), /tensor b: overlaps/],
  ['a tensor of no bytes within another', raw({a: ONE, b: {...ONE, shape: [0], data_offsets: [4, 4]}}), /overlaps/],
  [
    'a data section cut short',
    raw({a: ONE}, 7),
    /cut short: its tensors have 8 bytes, of which 7 are present; copy it again/,
  ],
  ['no data section', raw({a: ONE}, 0), /cut short/],
]

test.each(HOSTILE)('%s is refused, and the fault names the defect and its location', async (_, bytes, message) => {
  const file = put(bytes)
  const fault = await faultOf(readSafetensors(file))
  expect(fault.kind).toBe('input')
  expect(fault.message).toMatch(message)
  expect(fault.message.startsWith(`${file}: `)).toBe(true)
  expect(fault.message).not.toMatch(/\p{Cc}/u)
})

test('unusual valid files are read: trailing spaces, names like numbers or properties, no tensors, no bytes', async () => {
  expect(await readSafetensors(put(raw('{}', 0)))).toEqual({})
  expect(await readSafetensors(put(raw('{"__metadata__":{"format":"pt"}}   ', 0)))).toEqual({})
  const entry = (begin: number, end: number) => ({dtype: 'U8', shape: [end - begin], data_offsets: [begin, end]})
  const odd = {1: entry(2, 3), '': entry(0, 1), toString: entry(1, 2), 'a"\\\n': entry(3, 3), é: entry(3, 4)}
  const stored = await readSafetensors(put(raw(odd, 4)))
  expect(Object.keys(stored).sort()).toEqual(['', '1', 'a"\\\n', 'toString', 'é'])
  expect(stored.constructor).toBeUndefined()
  expect(stored['a"\\\n'].shape).toEqual([0])
})

test('a missing file, a folder, a pipe and a path through a file are faults of input and output', async () => {
  mkdirSync(join(folder, 'is-folder'))
  execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')])
  const file = put(raw('{}', 0))
  const cases: readonly (readonly [string, RegExp])[] = [
    [join(folder, 'none.safetensors'), /none\.safetensors: no such file/],
    [join(folder, 'is-folder'), /a folder, not a file/],
    [join(folder, 'pipe'), /pipe: not a regular file/],
    [join(file, 'x'), /a part of the path is a file/],
    ['a\0b', /not a path/],
  ]
  for (const [path, message] of cases) {
    const fault = await faultOf(readSafetensors(path))
    expect([fault.kind, fault.message]).toEqual(['io', expect.stringMatching(message)])
  }
})

test('every dtype is written and read back', async () => {
  const file = join(folder, 'all.safetensors')
  await writeSafetensors(file, ALL)
  const stored = await readSafetensors(file)
  const read = await Promise.all(
    Object.entries(stored).map(async ([name, one]) => [name, await readTensor(one)] as const),
  )
  expect(Object.fromEntries(read)).toEqual({
    f64: Float32Array.of(Math.PI, -0),
    f32: Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY),
    f16: Float32Array.of(0.0999755859375, 65504),
    bf16: Float32Array.of(1, -2),
    bits: Float32Array.of(1, -2),
    i64: Int32Array.of(-(2 ** 31), -1, 0, 2 ** 31 - 1),
    big: Int32Array.of(-3, 7),
    i32: Int32Array.of(-7),
    u8: Uint8Array.of(0, 255),
    bool: Uint8Array.of(1, 0, 1),
    empty: new Float32Array(0),
  })
  for (const [name, {dtype, shape}] of Object.entries(ALL)) expect(stored[name]).toMatchObject({dtype, shape})
})

test('wider dtypes come first, the data begin at a multiple of 8, and nothing depends on the order of the tensors', async () => {
  const a = join(folder, 'a.safetensors')
  const b = join(folder, 'b.safetensors')
  await writeSafetensors(a, ALL, {metadata: {format: 'pt'}})
  await writeSafetensors(b, Object.fromEntries(Object.entries(ALL).reverse()), {metadata: {format: 'pt'}})
  expect(readFileSync(a).equals(readFileSync(b))).toBe(true)
  for (const {at, dtype} of Object.values(await readSafetensors(a))) {
    if (!('file' in at)) throw new Error('not in a file')
    expect(at.file).toBe(a)
    expect(at.offset % WIDTH[dtype]).toBe(0)
  }
  const length = Number(readFileSync(a).readBigUInt64LE())
  expect(length % 8).toBe(0)
  expect(readFileSync(a).toString('utf8', 8, 60)).toMatch(/^\{"__metadata__":\{"format":"pt"\},"big":\{"dtype":"I64"/)
})

test('the bytes are those that Python safetensors 0.8.0 writes for the same tensors', async () => {
  const file = join(folder, 'python.safetensors')
  await writeSafetensors(
    file,
    {
      b: {dtype: 'float32', shape: [2, 3], data: Float32Array.from({length: 6}, (_, i) => i)},
      a: {dtype: 'float32', shape: [1], data: Float32Array.of(-1.5)},
      'naïve "q"': {dtype: 'int64', shape: [2], data: BigInt64Array.of(-1n, 5n)},
      h: {dtype: 'float16', shape: [3], data: Float32Array.of(0.1, 65504, 1e-7)},
      u: {dtype: 'uint8', shape: [], data: Uint8Array.of(7)},
    },
    {metadata: {format: 'pt'}},
  )
  expect(sha256(readFileSync(file))).toBe(PYTHON)
})

test('a number of int64 that 32 bits cannot hold and a bool that is neither 0 nor 1 are input faults', async () => {
  const file = join(folder, 'numbers.safetensors')
  for (const wrong of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n, -(2n ** 63n)]) {
    await writeSafetensors(file, {a: {dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, wrong)}})
    const fault = await faultOf(readTensor((await readSafetensors(file)).a))
    expect([fault.kind, fault.message]).toEqual(['input', expect.stringMatching(`does not fit 32 bits: ${wrong}$`)])
  }
  await writeSafetensors(file, {a: {dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 2)}})
  const {a} = await readSafetensors(file)
  expect((await faultOf(readTensor({...a, dtype: 'bool'}))).message).toMatch(/neither 0 nor 1: 2$/)
})

test('a tensor of many pieces is read whole and in order', async () => {
  const file = join(folder, 'pieces.safetensors')
  const data = Int32Array.from({length: 2 ** 21 + 3}, (_, i) => i)
  const half = data.slice(0, 2 ** 20 + 3)
  await writeSafetensors(file, {
    first: {dtype: 'int64', shape: [1], data: BigInt64Array.of(5n)},
    i64: {dtype: 'int64', shape: [half.length], data: BigInt64Array.from(half, BigInt)},
    i32: {dtype: 'int32', shape: [data.length], data},
    last: {dtype: 'uint8', shape: [1], data: Uint8Array.of(6)},
  })
  const stored = await readSafetensors(file)
  expect(Buffer.from((await readTensor(stored.i64)).buffer).equals(Buffer.from(half.buffer))).toBe(true)
  expect(Buffer.from((await readTensor(stored.i32)).buffer).equals(Buffer.from(data.buffer))).toBe(true)
  expect(await readTensor(stored.last)).toEqual(Uint8Array.of(6))
})

test('a tensor in memory is returned as it is', async () => {
  const data = Float32Array.of(1)
  expect(await readTensor({dtype: 'float32', shape: [1], at: {data}})).toBe(data)
})

test('bits of bfloat16 or float16 in memory are read as float32', async () => {
  const values = Float32Array.of(1, -0.5, 3)
  const bits = {bfloat16: toBfloat16(values), float16: toFloat16(values)}
  for (const dtype of ['bfloat16', 'float16'] as const)
    expect(await readTensor({dtype, shape: [3], at: {data: bits[dtype]}})).toEqual(values)
})

test('a file that shrank after its header was read is a fault, not a shorter tensor', async () => {
  const file = join(folder, 'shrinks.safetensors')
  await writeSafetensors(file, {a: {dtype: 'float32', shape: [4], data: new Float32Array(4)}})
  const {a} = await readSafetensors(file)
  writeFileSync(file, readFileSync(file).subarray(0, -5))
  const fault = await faultOf(readTensor(a))
  expect([fault.kind, fault.message]).toEqual(['io', expect.stringMatching(/ends at byte \d+, before byte \d+/)])
})

test('a link is followed, and the location is in the file that it points to', async () => {
  const file = join(folder, 'blob')
  await writeSafetensors(file, {a: {dtype: 'uint8', shape: [1], data: Uint8Array.of(3)}})
  symlinkSync('blob', join(folder, 'link.safetensors'))
  const {a} = await readSafetensors(join(folder, 'link.safetensors'))
  expect(a.at).toMatchObject({file})
  expect(await readTensor(a)).toEqual(Uint8Array.of(3))
})

test('tensors that cannot be written leave the old file unchanged and no other', async () => {
  const inside = join(folder, 'refused')
  mkdirSync(inside)
  const file = join(inside, 'model.safetensors')
  await writeSafetensors(file, {a: {dtype: 'uint8', shape: [1], data: Uint8Array.of(3)}})
  const before = readFileSync(file)
  const floats = {dtype: 'float32', shape: [1], data: Float32Array.of(1)} as const
  const cases: readonly Record<string, Writable>[] = [
    {a: {...floats, shape: [2]}},
    {a: {...floats, dtype: 'int32'}},
    {a: {...floats, dtype: 'bool', data: Uint8Array.of(2)}},
    {a: {...floats, dtype: 'bfloat16', data: Int32Array.of(2)}},
    {a: floats, b: {...floats, data: async () => Promise.reject(new Fault('failed', 'lost'))}},
    {['__proto__']: floats},
    {__metadata__: floats},
    {'\ud800': floats},
  ]
  for (const tensors of cases) await faultOf(writeSafetensors(file, tensors))
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(readdirSync(inside)).toEqual(['model.safetensors'])
})

test('a target that cannot be written is an I/O fault, and no partial file remains', async () => {
  const inside = join(folder, 'unwritable')
  mkdirSync(join(inside, 'taken.safetensors'), {recursive: true})
  const tensors: Record<string, Writable> = {a: {dtype: 'uint8', shape: [1], data: Uint8Array.of(3)}}
  for (const path of ['taken.safetensors', 'none/model.safetensors']) {
    expect((await faultOf(writeSafetensors(join(inside, path), tensors))).kind).toBe('io')
  }
  expect(readdirSync(inside, {recursive: true})).toEqual(['taken.safetensors'])
})

test('a file that grows beyond the limit is removed, and the fault names the limit', () => {
  const inside = join(folder, 'limited')
  mkdirSync(inside)
  const source = `
    import {writeSafetensors} from '${new URL('safetensors.ts', import.meta.url)}'
    const a = {dtype: 'float32', shape: [2 ** 20], data: new Float32Array(2 ** 20)}
    await writeSafetensors('${join(inside, 'model.safetensors')}', {a}).catch(fault => console.log(fault.kind, fault.message))
  `
  const command = 'ulimit -f 2048 && exec node --import tsx --input-type=module -e "$0"'
  const said = execFileSync('sh', ['-c', command, source], {encoding: 'utf8'})
  expect(said).toMatch(/^io .*model\.safetensors: larger than a file may be here\n$/)
  expect(readdirSync(inside)).toEqual([])
})

test('20,000 mutations of a real file are read, or refused with a fault of input', async () => {
  const file = join(folder, 'small.safetensors')
  await writeSafetensors(file, ALL, {metadata: {format: 'pt'}})
  const original = readFileSync(file)
  const headerEnd = 8 + Number(original.readBigUInt64LE())
  const dice = random(20_000, 'mutations')
  const counts = {read: 0, refused: 0}

  for (let i = 0; i < 20_000; i++) {
    const bytes = mutate(original, headerEnd, dice)
    const read = async (into: Uint8Array, offset: number) => into.set(bytes.subarray(offset, offset + into.length))
    const opened = {path: file, bytes: bytes.length, read}
    const reading = i % 20 === 0 ? readSafetensors(put(bytes)) : readHeader(opened, file).then(({tensors}) => tensors)
    try {
      for (const {shape, at} of Object.values(await reading)) {
        if (!('file' in at) || at.offset + at.bytes > bytes.length || shape.some(d => d < 0)) throw new Error('beyond')
      }
      counts.read++
    } catch (error) {
      if (!(error instanceof Fault) || error.kind !== 'input' || /[\n\r]/.test(error.message)) throw error
      counts.refused++
    }
  }
  expect(counts.read + counts.refused).toBe(20_000)
  expect(counts.read).toBeGreaterThan(500)
  expect(counts.refused).toBeGreaterThan(10_000)
})

/** Changes one to three places, mostly in the header, where a change may mean something. */
function mutate(original: Buffer, headerEnd: number, dice: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(original)
  for (let n = dice.int(3); n >= 0; n--) {
    const at = dice.int(10) === 0 ? dice.int(bytes.length) : dice.int(Math.min(headerEnd, bytes.length))
    const token = Buffer.from(TOKENS[dice.int(TOKENS.length)])
    const kind = dice.int(8)
    if (kind === 0) bytes[at] ^= 1 << dice.int(8)
    else if (kind === 1) bytes[at] = dice.int(256)
    else if (kind === 2) bytes = splice(bytes, at, 1 + dice.int(9), Buffer.alloc(0))
    else if (kind === 3) bytes = splice(bytes, at, token.length, token)
    else if (kind === 4) bytes = splice(bytes, at, 0, token)
    else if (kind === 5) bytes = bytes.slice(0, Math.max(1, at))
    else changeDigit(bytes, at, dice)
  }
  return bytes
}

/** Replaces a part, and corrects the header's length: else that alone would give most changes away. */
function splice(bytes: Uint8Array, at: number, removed: number, put: Uint8Array): Uint8Array {
  const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + removed)])
  const length = Buffer.from(bytes.buffer, 0, bytes.length)
  if (at >= 8) changed.writeUInt32LE((length.readUInt32LE() + changed.length - bytes.length) >>> 0)
  return Uint8Array.from(changed)
}

function changeDigit(bytes: Uint8Array, from: number, dice: Random): void {
  const at = bytes.findIndex((byte, i) => i >= from && byte >= 0x30 && byte <= 0x39)
  if (at >= 8) bytes[at] = 0x30 + dice.int(10)
}

const TOKENS = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  ',',
  '0',
  '9',
  '-1',
  'null',
  '1e99',
  '"F64"',
  '"a":1,',
  ' ',
  '\\',
  '\\u0000',
  '{}',
]

const WIDTH: Record<StoredDType, number> = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  float16: 2,
  bfloat16: 2,
  uint8: 1,
  bool: 1,
}

const ALL: Record<string, Writable> = {
  f64: {dtype: 'float64', shape: [2, 1], data: Float64Array.of(Math.PI, -0)},
  f32: {dtype: 'float32', shape: [3], data: Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY)},
  f16: {dtype: 'float16', shape: [2], data: Float32Array.of(0.1, 65504)},
  bf16: {dtype: 'bfloat16', shape: [1, 2], data: Float32Array.of(1, -2)},
  bits: {dtype: 'bfloat16', shape: [2], data: Uint16Array.of(0x3f80, 0xc000)},
  i64: {dtype: 'int64', shape: [2, 2], data: BigInt64Array.of(-(2n ** 31n), -1n, 0n, 2n ** 31n - 1n)},
  big: {dtype: 'int64', shape: [2], data: async () => BigInt64Array.of(-3n, 7n)},
  i32: {dtype: 'int32', shape: [], data: Int32Array.of(-7)},
  u8: {dtype: 'uint8', shape: [2], data: Uint8Array.of(0, 255)},
  bool: {dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1)},
  empty: {dtype: 'float16', shape: [0, 4], data: new Uint16Array(0)},
}

// import numpy as np; from safetensors.numpy import save
// save({'b': np.arange(6, dtype='float32').reshape(2, 3), 'a': np.array([-1.5], 'float32'),
//       'naïve "q"': np.array([-1, 5]), 'h': np.array([.1, 65504, 1e-7], 'float16'), 'u': np.array(7, 'uint8')}, {'format': 'pt'})
const PYTHON = '303232e05c5a0936ff28b777fc16c8cb5831f121d0edd12ebb22532555e77cb6'
