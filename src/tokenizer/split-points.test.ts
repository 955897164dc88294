import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Tokenizer as Core} from 'tokenizers'
import {expect, test} from 'vitest'
import {letters} from '../../test/models/tokenizer.ts'
import {random} from '../tensor/random.ts'
import {openCore} from './library.ts'
import {splitAfter} from './prefixes.ts'
import {findSplitPoints} from './split-points.ts'

const ROOT = join(import.meta.dirname, '../..')
const GOLDENS = join(ROOT, 'test/goldens/tokenizers')

const KNOWN = [
  join(ROOT, 'models/llama-mini'),
  join(ROOT, 'models/deberta-mini'),
  join(GOLDENS, 'bert-wordpiece'),
  join(GOLDENS, 'sentencepiece-bpe-llama'),
  join(GOLDENS, 'sentencepiece-bpe-gemma-spm'),
  join(GOLDENS, 'sentencepiece-unigram-deberta'),
  join(GOLDENS, 'sentencepiece-unigram-deberta-spm'),
  join(GOLDENS, 'smollm2'),
]

/** What a normalizer or pre-tokenizer could take for something else beside a letter and a space. */
const ODD = [
  '\u0301',
  '\u200d',
  '\u00a0',
  ' ',
  '  ',
  '\n',
  '\t',
  '▁',
  'é',
  'ﬁ',
  '日本',
  '한',
  'ﾞ',
  '🏽',
  '’s',
  "'s",
  '12',
  '<',
  '[MASK]',
  '</s>',
  '\u0000',
  '.',
  'ÅÇ',
  'Ｗ',
  'İ',
]

test.each(KNOWN)('%s: the tokens up to any cut are the first of the whole text', async folder => {
  const {core, splits, added} = await openCore(folder)
  const odd = [...ODD, ...[...added.values()].map(({content}) => content)]
  const draw = random(8)
  const next = draw.int
  const tokens = async (texts: readonly string[]) =>
    (await core.encodeBatch([...texts], {addSpecialTokens: false})).map(encoding => encoding.getIds())
  for (let round = 0; round < 20; round++) {
    const word = () =>
      Array.from({length: 1 + next(6)}, () => String.fromCharCode((next(4) ? 97 : 65) + next(26))).join('')
    const text = Array.from({length: 40}, () => (next(3) === 0 ? odd[next(odd.length)] : `${word()} `)).join('')
    const places: number[] = []
    for (let at = splitAfter(text, 1, splits!); at < text.length; at = splitAfter(text, at + 1, splits!))
      places.push(at)
    expect(places.length).toBeGreaterThan(0)
    const [whole, ...parts] = await tokens([text, ...places.map(cut => text.slice(0, cut))])
    for (const part of parts) expect(part).toEqual(whole.slice(0, part.length))
  }
})

const gpt2 = JSON.parse(readFileSync(join(GOLDENS, 'smollm2/tokenizer.json'), 'utf8'))
const llama = JSON.parse(readFileSync(join(GOLDENS, 'sentencepiece-bpe-llama/tokenizer.json'), 'utf8'))
const {vocab, merges} = llama.model
const across = {...llama.model, vocab: {...vocab, 'a▁': 9999}, merges: [...merges, 'a ▁']}
const part = (content: string) => ({
  id: 2499,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: true,
  special: false,
})

test.each([
  ['the pieces of a model without words reach across', llama, {model: across}],
  ['a word is looked up whole', llama, {model: {...llama.model, ignore_merges: true}}],
  ['tokens are drawn', llama, {model: {...llama.model, dropout: 0.1}}],
  ['an added token reaches across', llama, {added_tokens: [...llama.added_tokens, part('see you')]}],
  ['letters and spaces are replaced', llama, {normalizer: {type: 'Replace', pattern: {String: 'e '}, content: 'E'}}],
  ['a pattern is not known', llama, {normalizer: {type: 'Replace', pattern: {Regex: 'e .*'}, content: ''}}],
  ['spaces vanish', llama, {normalizer: {type: 'Replace', pattern: {String: ' '}, content: ''}}],
  [
    'words are not those that are known',
    gpt2,
    {pre_tokenizer: {type: 'Split', pattern: {Regex: '.{5}'}, behavior: 'Isolated', invert: false}},
  ],
  [
    'a space goes with the word before',
    letters(),
    {pre_tokenizer: {type: 'Split', pattern: {String: ' '}, behavior: 'MergedWithPrevious', invert: false}},
  ],
  ['nothing divides a model of words', letters(), {pre_tokenizer: null}],
])('a tokenizer is not cut where %s', (_, json, changes) => {
  const changed = {...json, ...changes}
  expect(findSplitPoints(json, Core.fromString(JSON.stringify(json)))).toEqual({within: []})
  expect(findSplitPoints(changed, Core.fromString(JSON.stringify(changed)))).toBeUndefined()
})
