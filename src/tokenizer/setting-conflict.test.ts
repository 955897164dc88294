import {expect, test} from 'vitest'
import {letters} from '../../test/models/tokenizer.ts'
import {ARCHITECTURES} from '../models/index.ts'
import {CLASSES, PLAIN_TYPES, settingConflict} from './setting-conflict.ts'

// As transformers 5.24 does, where no other version is named.
const APPLIED = 'which transformers applies instead; make them equal in a copy of the model'

/** Architectures without a tokenizer, or whose settings are compared only where tokenizer_config.json names a class. */
const WITHOUT_CLASS = ['deit', 'dinov2', 'gemma', 'gemma2', 'gemma3_text', 'llama', 'smollm3', 'vit']

test('every architecture of the table has the class of its tokenizers', () => {
  const known = [...CLASSES.keys(), ...PLAIN_TYPES, ...WITHOUT_CLASS]
  const remedy = [
    'add the missing one, by what tokenization_auto.py of transformers says of it:',
    'to CLASSES if TOKENIZER_MAPPING_NAMES gives it a class whose settings are compared here,',
    'to PLAIN_TYPES if it gives TokenizersBackend, or if only MODELS_WITH_INCORRECT_HUB_TOKENIZER_CLASS has it,',
    'to WITHOUT_CLASS of this test otherwise',
  ].join('\n')
  expect(known.map(String).sort(), remedy).toEqual(Object.keys(ARCHITECTURES).sort())
})

const byteLevel = (add_prefix_space: boolean) => ({type: 'ByteLevel', add_prefix_space, trim_offsets: true})
const split = {type: 'Split', pattern: {Regex: '.'}, behavior: 'Isolated', invert: false}
const sequence = (...pretokenizers: readonly object[]) => ({type: 'Sequence', pretokenizers})

test.each([
  [{tokenizer_class: 'RobertaTokenizerFast'}, 'roberta'],
  [{}, 'roberta'],
  [{}, 'gpt2'],
  [{tokenizer_class: 'GPT2Tokenizer'}, 'llama'],
  [{}, 'gpt_neox'],
  [{}, 'qwen2'],
  [{tokenizer_class: 'Qwen2TokenizerFast'}, undefined],
])('add_prefix_space is false by default in the classes of GPT-2 and its kin: %j, %s', (config, type) => {
  const message = `its pre-tokenizer has add_prefix_space: true, but tokenizer_config.json has no add_prefix_space (default: false), ${APPLIED}`
  for (const step of [byteLevel(true), sequence(split, byteLevel(true))]) {
    const json = letters({pre_tokenizer: step})
    expect(settingConflict(json, {config, type})).toBe(message)
    expect(settingConflict(json, {config: {...config, add_prefix_space: true}, type})).toBeUndefined()
  }
  const json = letters({pre_tokenizer: sequence(split, byteLevel(false))})
  for (const add_prefix_space of [undefined, null, false])
    expect(settingConflict(json, {config: {...config, add_prefix_space}, type})).toBeUndefined()
})

test('add_prefix_space has no default in other classes', () => {
  const json = letters({pre_tokenizer: byteLevel(true)})
  for (const [tokenizer_class, type] of [
    ['PreTrainedTokenizerFast', 'gpt2'],
    ['LlamaTokenizerFast', 'llama'],
    [undefined, 'llama'],
    ['GPT2Tokenizer', 'mistral'],
    ['GPT2Tokenizer', 'olmo2'],
    [undefined, 'modernbert'],
  ]) {
    expect(settingConflict(json, {config: {tokenizer_class}, type})).toBeUndefined()
  }
})

const metaspace = (prepend_scheme: string) => letters({pre_tokenizer: {type: 'Metaspace', prepend_scheme}})
const JSONS = {
  prepend: letters({normalizer: {type: 'Sequence', normalizers: [{type: 'Prepend', prepend: '▁'}]}}),
  replace: letters({normalizer: {type: 'Replace', pattern: {String: ' '}, content: '▁'}}),
  old: letters({pre_tokenizer: {type: 'Metaspace', add_prefix_space: true}}),
  always: metaspace('always'),
  first: metaspace('first'),
  never: metaspace('never'),
}
const LLAMA = 'LlamaTokenizerFast'
const XLM = 'XLMRobertaTokenizer'
const DEBERTA = 'DebertaV2TokenizerFast'

test.each([
  [LLAMA, true, ['replace', 'never']],
  [LLAMA, false, ['prepend', 'old', 'always', 'first']],
  [XLM, true, ['replace', 'first', 'never']],
  [XLM, false, ['prepend', 'old', 'always', 'first']],
  [DEBERTA, true, ['replace', 'first', 'never']],
  [DEBERTA, false, ['prepend', 'replace', 'old', 'always', 'never']],
  [LLAMA, null, []],
  [XLM, undefined, []],
] as const)('%s with add_prefix_space: %s contradicts %j', (tokenizer_class, add_prefix_space, refused) => {
  const config = {tokenizer_class, add_prefix_space}
  const found = Object.entries(JSONS).filter(([, json]) => settingConflict(json, {config, type: 'llama'}))
  expect(found.map(([name]) => name)).toEqual(refused)
})

test('the message says where ▁ is prepended', () => {
  const config = {tokenizer_class: LLAMA, add_prefix_space: false}
  expect(settingConflict(JSONS.first, {config, type: 'llama'})).toBe(
    `it prepends ▁ to the first part of a text, but tokenizer_config.json has add_prefix_space: false, ${APPLIED}`,
  )
})

test('Mistral and Phi-3 take tokenizer.json as it is, and so does a Llama of bytes', () => {
  const config = {tokenizer_class: LLAMA, add_prefix_space: false}
  for (const type of ['mistral', 'phi3']) expect(settingConflict(JSONS.prepend, {config, type})).toBeUndefined()
  const json = letters({pre_tokenizer: sequence(split, byteLevel(true))})
  expect(settingConflict(json, {config, type: 'llama'})).toBeUndefined()
})

test.each([
  [{do_lower_case: true}, {}, 'it has no Lowercase step, but tokenizer_config.json has do_lower_case: true'],
  [
    {},
    {normalizer: {type: 'Lowercase'}},
    'it has a Lowercase step, but tokenizer_config.json has no do_lower_case (default: false)',
  ],
  [{split_by_punct: true}, {}, 'it has no Punctuation step, but tokenizer_config.json has split_by_punct: true'],
  [
    {split_by_punct: false},
    {pre_tokenizer: sequence({type: 'Punctuation', behavior: 'Isolated'})},
    'it has a Punctuation step, but tokenizer_config.json has split_by_punct: false',
  ],
])('a DeBERTa-v2 with other steps than %j is refused', (config, changes, message) => {
  expect(settingConflict(letters(changes), {config, type: 'deberta-v2'})).toBe(`${message}, ${APPLIED}`)
  expect(settingConflict(letters(changes), {config, type: 'llama'})).toBeUndefined()
})

test('an encoder whose file adds no special tokens is refused', () => {
  const bare = {type: 'TemplateProcessing', single: [{Sequence: {id: 'A', type_id: 0}}], pair: [], special_tokens: {}}
  const conflictOf = (post_processor: unknown, type: string) =>
    settingConflict(letters({post_processor}), {config: {}, type})
  const message =
    "its post-processor adds no special tokens, but transformers' BertTokenizer always does; give it a template in a copy of the model"
  for (const type of ['bert', 'distilbert', 'electra'])
    for (const processor of [null, bare, {type: 'ByteLevel'}]) expect(conflictOf(processor, type)).toBe(message)
  const config = {tokenizer_class: 'DistilBertTokenizerFast'}
  expect(settingConflict(letters({post_processor: null}), {config, type: 'distilbert'})).toMatch(
    /transformers' DistilBertTokenizer always/,
  )
  for (const type of ['roberta', 'xlm-roberta', 'deberta-v2']) expect(conflictOf(null, type)).toMatch(/always does/)
  for (const type of ['gpt2', 'modernbert']) expect(conflictOf(null, type)).toBeUndefined()
  for (const type of ['BertProcessing', 'RobertaProcessing'])
    expect(conflictOf({type, sep: ['</s>', 2], cls: ['<s>', 1]}, 'bert')).toBeUndefined()
  expect(conflictOf({type: 'Sequence', processors: [letters().post_processor]}, 'roberta')).toBeUndefined()
})

test('a tokenizer that splits special tokens in texts is refused', () => {
  expect(settingConflict(letters(), {config: {split_special_tokens: true}, type: undefined})).toBe(
    'tokenizer_config.json has split_special_tokens: true, which svft cannot apply; set it to false in a copy of the model',
  )
  expect(settingConflict(letters(), {config: {split_special_tokens: false}, type: undefined})).toBeUndefined()
})
