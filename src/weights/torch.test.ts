import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {faultOf} from '../../test/support/fault-of.ts'
import {fuzzTorch} from '../../test/support/torch-fuzz.ts'
import {zipOf} from '../../test/support/zip.ts'
import {readSafetensors, readTensor} from './safetensors.ts'
import {readTorch} from './torch.ts'

const FIXTURES = join(import.meta.dirname, '../../test/fixtures/torch')
const root = openFolder()

let made = 0
function put(bytes: Uint8Array): string {
  const file = join(root, `${made++}.bin`)
  writeFileSync(file, bytes)
  return file
}

const FILES = ['views', 'kinds'].flatMap(name =>
  ['', '-protocol-4', '-legacy', '-legacy-protocol-4'].map(form => [name, `${name}${form}.bin`]),
)

test.each(FILES)('the tensors that PyTorch saved as %s are read from %s', async (name, file) => {
  const expected = await readSafetensors(join(FIXTURES, `${name}.safetensors`))
  const found = await readTorch(join(FIXTURES, file))
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
  for (const [name, stored] of Object.entries(found)) {
    expect(stored.shape, name).toEqual(expected[name].shape)
    expect(await readTensor(stored), name).toEqual(await readTensor(expected[name]))
  }
})

test('a tensor in C order is read in place, tied ones from the same bytes, and others are copied', async () => {
  const found = await readTorch(join(FIXTURES, 'views.bin'))
  const mapped = Object.keys(found).filter(name => 'file' in found[name].at)
  expect(mapped).toEqual(['embed.weight', 'head.weight', 'parameter', 'whole', 'rows', 'scalar', 'empty'])
  expect(found['head.weight'].at).toEqual(found['embed.weight'].at)
  expect(found['embed.weight'].at).toMatchObject({bytes: 48})
})

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['calls.bin', /its pickle asks for __builtin__\.print, which is no part of a tensor; only a state dict/],
  ['calls-legacy.bin', /its pickle asks for __builtin__\.print/],
  ['module.bin', /its pickle asks for torch\.nn\.modules\.linear\.Linear/],
  ['sparse.bin', /its pickle asks for torch\._utils\._rebuild_sparse_tensor/],
  ['complex.bin', /its pickle asks for torch\.ComplexFloatStorage/],
  ['negative.bin', /w has PyTorch's flag "neg", which is not supported; call resolve_neg\(\) on it before/],
  ['nested.bin', /step is not a tensor but a number/],
  ['list.bin', /has no state dict, a map from names to tensors/],
]

test.each(REFUSED)('%s is refused, and the fault names the part', async (name, message) => {
  const fault = await faultOf(readTorch(join(FIXTURES, name)))
  expect([fault.kind, fault.message]).toEqual(['input', expect.stringMatching(message)])
})

const FLOAT = 'ctorch\nFloatStorage\n'
const REBUILD = 'ctorch._utils\n_rebuild_tensor_v2\n'
const id = (key: string, length: number) =>
  `(X\x07\0\0\0storage${FLOAT}X\x01\0\0\0${key}X\x03\0\0\0cpuK${String.fromCharCode(length)}tQ`
const tuple = (...numbers: number[]) => `(${numbers.map(n => `M${String.fromCharCode(n & 255, n >> 8)}`).join('')}t`
const tensor = (offset: number, shape: readonly number[], strides: readonly number[], storage = id('0', 4)) =>
  `${REBUILD}(${storage}K${String.fromCharCode(offset)}${tuple(...shape)}${tuple(...strides)}\x89}tR`
const state = (value: string, key = 'w') => `\x80\x02}X${String.fromCharCode(key.length)}\0\0\0${key}${value}s.`
const archive = (program: string, more: Parameters<typeof zipOf>[0] = [STORAGE]) =>
  zipOf([{name: 'a/data.pkl', data: Buffer.from(program, 'latin1')}, ...more])
const STORAGE = {name: 'a/data/0', data: Buffer.from(Float32Array.of(1, 2, 3, 4).buffer)}

test('a file made by hand is read', async () => {
  const {w} = await readTorch(put(archive(state(tensor(0, [2, 2], [2, 1])))))
  expect(await readTensor(w)).toEqual(Float32Array.of(1, 2, 3, 4))
  const {w: turned} = await readTorch(put(archive(state(tensor(0, [2, 2], [1, 2])))))
  expect(await readTensor(turned)).toEqual(Float32Array.of(1, 3, 2, 4))
})

test('values that a big-endian machine wrote are reversed byte by byte', async () => {
  const data = Buffer.from(STORAGE.data).swap32()
  const records = [
    {name: 'a/data/0', data},
    {name: 'a/byteorder', data: Buffer.from('big')},
  ]
  const {w} = await readTorch(put(archive(state(tensor(0, [2, 2], [2, 1])), records)))
  expect(await readTensor(w)).toEqual(Float32Array.of(1, 2, 3, 4))
})

test('an ordered dict of Python 2 and a size are read', async () => {
  const shape = `ctorch\nSize\n${tuple(4)}\x85R`
  const value = tensor(0, [4], [1]).replace(tuple(4), shape)
  const {w} = await readTorch(put(archive(`\x80\x02ccollections\nOrderedDict\n](](U\x01w${value}ee\x85R.`)))
  expect(await readTensor(w)).toEqual(Float32Array.of(1, 2, 3, 4))
})

test('a shape that the program lengthens after the check stays as it was', async () => {
  const whole = tensor(0, [4], [1]).replace(tuple(4), `${tuple(4)}q\x05`)
  const program = state(whole).replace(/\.$/, 'h\x05K\x09a0.')
  const {w} = await readTorch(put(archive(program)))
  expect(w.shape).toEqual([4])
})

const BROKEN: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['no bytes', Buffer.alloc(0), /not a file of PyTorch; to convert a file in another format/],
  ['text', Buffer.from('hello'), /not a file of PyTorch/],
  ['a Git LFS pointer', Buffer.from('version https://git-lfs'), /a Git LFS pointer/],
  ['an archive without data.pkl', zipOf([STORAGE]), /not a file of PyTorch: it has no data\.pkl of its own/],
  [
    'two pickles',
    archive(state(tensor(0, [4], [1])), [STORAGE, {name: 'b/data.pkl', data: Buffer.from('N.')}]),
    /no data\.pkl of its own/,
  ],
  ['a pickle cut short', archive('\x80\x02}'), /cut short/],
  ['a storage missing', archive(state(tensor(0, [4], [1])), []), /storage 0 is missing/],
  [
    'a storage too short',
    archive(state(tensor(0, [4], [1])), [{...STORAGE, data: Buffer.alloc(8)}]),
    /storage 0 has 8 bytes, should have 16/,
  ],
  ['a tensor beyond its storage', archive(state(tensor(0, [5], [1]))), /a tensor beyond its storage/],
  ['a tensor that begins beyond it', archive(state(tensor(4, [1], [1]))), /a tensor beyond its storage/],
  ['strides that lead beyond', archive(state(tensor(0, [2, 2], [3, 1]))), /a tensor beyond its storage/],
  ['more axes than strides', archive(state(tensor(0, [2, 2], [1]))), /a tensor without a shape/],
  [
    'more numbers than can be counted',
    archive(state(tensor(0, Array(20).fill(65535), Array(20).fill(0)))),
    /a tensor without a shape/,
  ],
  [
    'a tensor repeated without end',
    archive(state(tensor(0, [65535, 65535], [0, 0]))),
    /tensor w: views take more memory than/,
  ],
  [
    'two storages of one key',
    archive(`\x80\x02}(X\x01\0\0\0a${tensor(0, [4], [1])}X\x01\0\0\0b${tensor(0, [3], [1], id('0', 3))}u.`),
    /two storages of one key/,
  ],
  [
    'a storage of no known kind',
    archive(state(tensor(0, [4], [1])).replace('FloatStorage', 'OrderedDict')),
    /asks for torch\.OrderedDict/,
  ],
  [
    'a tensor of a name that pollutes',
    archive(state(tensor(0, [4], [1]), '__proto__')),
    /not a valid tensor name: __proto__/,
  ],
  ['a number for a name', archive('\x80\x02}K\x01K\x02s.'), /not a valid tensor name: number/],
  ['a storage for a tensor', archive(state(id('0', 4))), /w is not a tensor but a storage/],
  ['a dict for a tensor', archive(state('}')), /w is not a tensor but a dict; save that state dict by itself/],
  [
    'an unknown byte order',
    archive(state(tensor(0, [4], [1])), [STORAGE, {name: 'a/byteorder', data: Buffer.from('pdp')}]),
    /unknown byte order: pdp/,
  ],
]

test.each(BROKEN)('a file with %s is refused', async (_, bytes, message) => {
  const fault = await faultOf(readTorch(put(bytes)))
  expect([fault.kind, fault.message]).toEqual(['input', expect.stringMatching(message)])
})

test.each(['views.bin', 'views-legacy.bin'])('%s truncated at any byte is refused', async name => {
  const bytes = readFileSync(join(FIXTURES, name))
  for (let length = 0; length < bytes.length; length += 23) {
    expect((await faultOf(readTorch(put(bytes.subarray(0, length))))).kind).toBe('input')
  }
})

test('a legacy file with an additional byte is refused', async () => {
  const bytes = readFileSync(join(FIXTURES, 'views-legacy.bin'))
  expect((await faultOf(readTorch(put(Buffer.concat([bytes, Buffer.alloc(1)]))))).message).toMatch(
    /1 bytes at its end belong to no storage/,
  )
})

test('an archive with its sizes in 64 bits is read', async () => {
  const program = {name: 'a/data.pkl', data: Buffer.from(state(tensor(0, [4], [1])), 'latin1')}
  const {w} = await readTorch(put(zipOf([program, STORAGE], {long: true})))
  expect(await readTensor(w)).toEqual(Float32Array.of(1, 2, 3, 4))
})

test('2,000 mutations of real files are read, or refused with a fault of input', async () => {
  const {read, refused} = await fuzzTorch(2000, 2000)
  expect(read + refused).toBe(2000)
  expect(read).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(1000)
})
