import {readFileSync} from 'node:fs'
import {basename} from 'node:path'
import {expect, test} from 'vitest'
import {modelFolder} from '../../test/models/tokenizer.ts'
import {Fault} from '../base/fault.ts'
import {tokenizerFiles} from './library.ts'
import {parseSentencePiece} from './sentencepiece.ts'
import {openTokenizer} from './tokenizer.ts'

const golden = (name: string) => readFileSync(new URL(`../../test/goldens/tokenizers/${name}`, import.meta.url))
const deberta = golden('sentencepiece-unigram-deberta-spm/spm.model')
const gemma = golden('sentencepiece-bpe-gemma-spm/tokenizer.model')

/** A protobuf field of less than 128 bytes. */
const field = (number: number, ...bytes: readonly number[]) => [8 * number + 2, bytes.length, ...bytes]
const text = (number: number, value: string) => field(number, ...Buffer.from(value))
const piece = (value: string, kind: number, ...score: number[]) =>
  field(1, ...text(1, value), ...(score.length ? [0x15, ...score] : []), 0x18, kind)
const model = (...parts: number[][]) => Uint8Array.from(parts.flat())
const parse = (...parts: number[][]) => parseSentencePiece(model(...parts), 'spm.model')

test('pieces, scores and settings are read', () => {
  expect(parse(piece('<unk>', 2), piece('▁a', 1, 0, 0, 0x80, 0xbf), field(2, 0x18, 2))).toEqual({
    algorithm: 'bpe',
    pieces: [
      {text: '<unk>', score: 0, kind: 'unknown'},
      {text: '▁a', score: -1, kind: 'normal'},
    ],
    unknown: {id: 0, text: '<unk>'},
    charsmap: new Uint8Array(),
  })
})

test('real models have the pieces and settings that they were trained with', () => {
  expect(parseSentencePiece(deberta, 'spm.model')).toMatchObject({
    algorithm: 'unigram',
    unknown: {id: 3, text: '[UNK]'},
  })
  const {pieces} = parseSentencePiece(gemma, 'tokenizer.model')
  expect([pieces.length, pieces.filter(({kind}) => kind === 'byte').length]).toEqual([1500, 256])
})

test.each([
  [[], 'it has no pieces'],
  [[piece('a', 1)], '0 pieces are of the type unknown; one has to be'],
  [[piece('a', 2), piece('b', 2)], '2 pieces are of the type unknown; one has to be'],
  [[piece('a', 2), piece('b', 1), piece('b', 1)], 'pieces 1 and 2 are both "b"'],
  [[piece('', 2)], 'piece 0 is empty'],
  [[piece('a', 2, 0, 0, 0xc0, 0x7f)], 'piece 0 has a score that is not a finite number: NaN'],
  [[piece('a', 2), field(2, 0x18, 9)], 'unknown algorithm: 9; known: 1 to 4'],
  [[piece('a', 2), field(2, 0xc0, 0x02, 7)], 'piece 7, the unknown one, is missing'],
])('pieces that contradict each other are a fault, case %#', (parts, message) => {
  expect(() => parse(...parts)).toThrow(new Fault('input', `spm.model: not a SentencePiece model: ${message}`))
})

test('unsupported types of pieces and of models are named in the fault', () => {
  expect(() => parse(piece('a', 9))).toThrow('spm.model: byte 2: unknown type of piece: 9; known: 1 to 6')
  expect(() => parse(piece('a', 2), field(2, 0x18, 3))).toThrow(
    'spm.model: a word model cannot be used; supported: unigram',
  )
})

test('a model damaged anywhere is a fault or another model, never anything else', () => {
  let state = 1
  const random = (below: number) => {
    state = (state * 48271) % 2147483647
    return state % below
  }
  for (let i = 0; i < 300; i++) {
    const damaged = Buffer.from(gemma.subarray(0, random(10) === 0 ? random(gemma.length) : gemma.length))
    for (let n = 0; n < 3 && damaged.length; n++) damaged[random(damaged.length)] = random(256)
    try {
      parseSentencePiece(damaged, 'tokenizer.model')
    } catch (error) {
      expect(error).toBeInstanceOf(Fault)
    }
  }
})

test('special tokens have the names of the class, or those of tokenizer_config.json', async () => {
  const folder = await modelFolder({
    'spm.model': deberta,
    'tokenizer_config.json': {mask_token: {content: '<mask>', lstrip: true}, additional_special_tokens: ['<new>']},
  })
  const tokenizer = await openTokenizer(folder)
  expect(tokenizer).toMatchObject({pad: 0, bos: 1, eos: 2, vocab: 3002})
  expect([3, 3000, 3001].map(tokenizer.piece)).toEqual(['[UNK]', '<mask>', '<new>'])
  expect(await tokenizer.encode('<new>', {special: false})).toEqual([3001])
})

// The ids are those of transformers 4.46, 4.57 and 5.24.
test('added_tokens.json lists tokens where tokenizer_config.json does not', async () => {
  const openWith = async (config: object, added: object) =>
    openTokenizer(
      await modelFolder({'spm.model': deberta, 'tokenizer_config.json': config, 'added_tokens.json': added}),
    )
  const text = 'the [E1] dog[MASK] x [E2]y'
  const tokenizer = await openWith({}, {'[E1]': 3001, '[MASK]': 3000})
  const ids = await tokenizer.encode(text)
  expect(ids).toEqual([1, 6, 14, 3001, 252, 3000, 14, 437, 14, 3, 2250, 377, 3, 43, 2])
  expect(tokenizer.decode(ids)).toBe('the [E1] dog x E2y')
  const named = {mask_token: '[MASK]', additional_special_tokens: ['[E2]']}
  const special = await openWith(named, {'[MASK]': 3000, '[E1]': 3001, '[E2]': 3002})
  expect(await special.encode(text)).toEqual([1, 6, 14, 3001, 252, 3000, 14, 437, 3002, 14, 43, 2])

  const other = await openWith({added_tokens_decoder: {3001: {content: '[E2]'}}}, {'[E1]': 3001})
  expect([3000, 3001].map(other.piece)).toEqual(['[E2]', '[MASK]'])
  await expect(openWith({}, {'[E1]': '3001'})).rejects.toThrow(
    /added_tokens\.json: the id of "\[E1\]" is not a whole number$/,
  )

  const countedWith = async (config: object) => {
    const files = {'spm.model': deberta, 'tokenizer_config.json': config, 'added_tokens.json': {}}
    return (await tokenizerFiles(await modelFolder(files))).map(file => basename(file))
  }
  expect(await countedWith({})).toContain('added_tokens.json')
  expect(await countedWith({added_tokens_decoder: {}})).not.toContain('added_tokens.json')
})

test('a tokenizer.model needs the name of its model', async () => {
  const files = {'tokenizer.model': gemma}
  await expect(openTokenizer(await modelFolder(files))).rejects.toThrow(
    /tokenizer\.model: neither .*tokenizer_config\.json nor .*config\.json names its model; known: DebertaV2Tokenizer, /,
  )
  const tokenizer = await openTokenizer(await modelFolder({...files, 'config.json': {model_type: 'gemma'}}))
  expect(tokenizer).toMatchObject({pad: 0, eos: 1, bos: 2})
  expect(await tokenizer.encode('')).toEqual([2])
})

test.each([
  [{mask_token: 7}, /tokenizer_config\.json: "mask_token" names no token$/],
  [{additional_special_tokens: 'x'}, /tokenizer_config\.json: "additional_special_tokens" is not a list$/],
  [{added_tokens_decoder: {7: {content: ''}}}, /tokenizer_config\.json: "added_tokens_decoder" names no token$/],
  [{added_tokens_decoder: 'x'}, /tokenizer_config\.json: "added_tokens_decoder" is not a map$/],
])('a tokenizer_config.json with %j is a fault', async (config, message) => {
  const folder = await modelFolder({'spm.model': deberta, 'tokenizer_config.json': config})
  await expect(openTokenizer(folder)).rejects.toThrow(message)
})
