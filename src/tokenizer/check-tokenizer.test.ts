import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {letters} from '../../test/models/tokenizer.ts'
import {checkTokenizer} from './check-tokenizer.ts'

const deberta = JSON.parse(
  readFileSync(
    new URL('../../test/goldens/tokenizers/sentencepiece-unigram-deberta/tokenizer.json', import.meta.url),
    'utf8',
  ),
)
const map: string = deberta.normalizer.normalizers.find(
  (part: {type: string}) => part.type === 'Precompiled',
).precompiled_charsmap
const bytes = Buffer.from(map, 'base64')

const precompiled = (changed: unknown) => ({
  normalizer: {type: 'Sequence', normalizers: [{type: 'Precompiled', precompiled_charsmap: changed}]},
})
const altered = (at: number, ...values: number[]) => {
  const copy = Buffer.from(bytes)
  copy.set(values, at)
  return precompiled(copy.toString('base64'))
}
const template = (changes: object) => ({post_processor: {...letters().post_processor, ...changes}})
const special = (id: string) => [{SpecialToken: {id, type_id: 0}}]

test('intact tokenizers pass', () => {
  expect(checkTokenizer(deberta, 'tokenizer.json')).toBeUndefined()
  expect(checkTokenizer(letters(), 'tokenizer.json')).toBeUndefined()
  expect(checkTokenizer({}, 'tokenizer.json')).toBeUndefined()
})

test.each([
  [precompiled(undefined), /precompiled_charsmap: not a text$/],
  [{normalizer: {type: 'Precompiled', precompiled_charsmap: 7}}, /precompiled_charsmap: not a text$/],
  [precompiled('é('), /precompiled_charsmap: not base64$/],
  [precompiled(''), /precompiled_charsmap: only 0 bytes$/],
  [precompiled('AAAAAA=='), /precompiled_charsmap: only 4 bytes$/],
  [
    precompiled(bytes.subarray(0, 999).toString('base64')),
    /precompiled_charsmap: its trie has \d+ bytes, which must be a multiple of 4 from 4 to 995$/,
  ],
  [altered(0, 0, 0, 0, 0), /precompiled_charsmap: its trie has 0 bytes, which must be a multiple of 4 from 4 to \d+$/],
  [altered(0, 6, 0, 0, 0), /precompiled_charsmap: its trie has 6 bytes, which must be a multiple of 4 from 4 to \d+$/],
  [altered(bytes.length - 2, 0xff), /precompiled_charsmap: its texts are not UTF-8$/],
  [altered(4, 0xff, 0xff, 0xff, 0x7f), /precompiled_charsmap: unit 0 of its trie points beyond the last one$/],
  [
    precompiled(Buffer.concat([bytes.subarray(0, 4 + bytes.readUInt32LE(0)), Buffer.from('a\0')]).toString('base64')),
    /precompiled_charsmap: unit \d+ of its trie points to no text$/,
  ],
  [
    template({single: special('[CLS]')}),
    /post_processor: single uses "\[CLS\]", which is not among its special_tokens$/,
  ],
  [template({pair: special('__proto__')}), /post_processor: pair uses "__proto__"/],
  [template({special_tokens: {}}), /post_processor: single uses "<s>"/],
  [template({single: [{Sequence: {id: 'B', type_id: 0}}]}), /the template of one text has a second one$/],
  [
    {post_processor: {type: 'Sequence', processors: [letters().post_processor, letters().post_processor]}},
    /post_processor: 2 templates; only one can be applied$/,
  ],
  [
    {model: {type: 'BPE', continuing_subword_prefix: '##', merges: ['a ##b', 'a b']}},
    /model: merge 1 continues a word without the prefix "##"$/,
  ],
  [
    {model: {type: 'BPE', continuing_subword_prefix: '▁', merges: [['a', '']]}},
    /model: merge 0 continues a word without the prefix "▁"$/,
  ],
])('a tokenizer that would end the process is a fault, case %#', (changes, message) => {
  expect(() => checkTokenizer({...letters(), ...changes}, 'tokenizer.json')).toThrow(message)
})

test('a tokenizer that leaves out merges at random is a fault', () => {
  const dropping = (dropout: unknown) => ({...letters(), model: {...letters().model, dropout}})
  expect(() => checkTokenizer(dropping(0.1), 'tokenizer.json')).toThrow(
    'tokenizer.json: model.dropout is 0.1, which makes encoding random; it must be null',
  )
  for (const none of [null, 0, undefined]) expect(checkTokenizer(dropping(none), 'tokenizer.json')).toBeUndefined()
})

const sequence = (name: string, inner: string, steps: readonly object[]) => ({
  [name]: {type: 'Sequence', [inner]: steps},
})
const repeated = (count: number, step: object) => Array.from({length: count}, () => step)
const nested = (depth: number): object =>
  depth === 0 ? {type: 'NFC'} : {type: 'Sequence', normalizers: [nested(depth - 1)]}
const replace = (from: string, content: string) => ({type: 'Replace', pattern: {String: from}, content})

test.each([
  [
    {pre_tokenizer: {type: 'FixedLength', length: 0}},
    /pre_tokenizer: FixedLength needs a length of at least 1, not 0$/,
  ],
  [
    sequence('pre_tokenizer', 'pretokenizers', [{type: 'FixedLength'}]),
    /pre_tokenizer: FixedLength needs a length of at least 1, not undefined$/,
  ],
  [
    sequence('normalizer', 'normalizers', repeated(30, replace('a', 'aa'))),
    /normalizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [
    sequence('pre_tokenizer', 'pretokenizers', repeated(20, {type: 'ByteLevel'})),
    /pre_tokenizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [
    precompiled(Buffer.concat([bytes, Buffer.from(`${'a'.repeat(2000)}\0`)]).toString('base64')),
    /normalizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [
    sequence('normalizer', 'normalizers', repeated(3, precompiled(map).normalizer)),
    /normalizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [
    {normalizer: {type: 'Replace', pattern: {Regex: 'b*'}, content: 'a'.repeat(600)}},
    /normalizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [{decoder: replace('a', 'a'.repeat(2000))}, /decoder: its steps turn a text of 1 byte into more than 1000 bytes$/],
  [{normalizer: replace('', 'xx')}, /normalizer: it replaces an empty text$/],
  [
    sequence('normalizer', 'normalizers', repeated(2, {type: 'Prepend', prepend: 'a'.repeat(500)})),
    /normalizer: its steps turn a text of 1 byte into more than 1000 bytes$/,
  ],
  [
    sequence('pre_tokenizer', 'pretokenizers', repeated(500, {type: 'ByteLevel'})),
    /pre_tokenizer: more than 64 steps$/,
  ],
  [
    sequence('normalizer', 'normalizers', repeated(20_000, {type: 'Prepend', prepend: 'a'})),
    /normalizer: more than 64 steps$/,
  ],
  [
    template({special_tokens: {'<s>': {id: '<s>', ids: Array(2000).fill(1), tokens: Array(2000).fill('<s>')}}}),
    /post_processor: single adds 2000 tokens to each text; at most 1000 are allowed$/,
  ],
  [{normalizer: nested(9)}, /normalizer: nested deeper than 8$/],
])('a tokenizer that would hang, exhaust memory or end the process is a fault, case %#', (changes, message) => {
  expect(() => checkTokenizer({...letters(), ...changes}, 'tokenizer.json')).toThrow(message)
})
