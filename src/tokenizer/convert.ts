import {Fault} from '../base/fault.ts'
import type {Fields} from '../data/record.ts'
import {type AddedOptions, addedTokens, namedRoles, type SpecialNames, specialToken} from './added-tokens.ts'
import {impliedMerges} from './merges.ts'
import type {SentencePiece, VocabularyPiece} from './sentencepiece.ts'
import {nameOf} from './special-tokens.ts'

/** A tokenizer.json, and the default special tokens of its class, by role. */
export interface Converted {
  readonly json: Fields & {readonly model: ReturnType<typeof core>}
  readonly roles: Fields
}

type ConverterSettings = Pick<AddedOptions, 'config' | 'file'>

/**
 * DeBERTa v3's tokenizer (transformers' DebertaV2Converter): a text is stripped and normalized by the model's own character
 * map, runs of spaces become one, and `▁` is prepended and replaces every space.
 */
export function convertDeberta(model: SentencePiece, settings: ConverterSettings): Converted {
  const {config} = settings
  const vocab = model.pieces.map(({text}) => text)
  const added = addedTokens(model.pieces, vocab, {...settings, names: DEBERTA})
  const idOf = (piece: string) => added.find(({content}) => content === piece)?.id ?? vocab.indexOf(piece)
  const [cls, sep] = ['[CLS]', '[SEP]'].map(piece => {
    if (idOf(piece) === -1) throw new Fault('input', `${settings.file}: ${piece} is missing in the vocabulary`)
    return {id: piece, ids: [idOf(piece)], tokens: [piece]}
  })
  const single = [special(cls.id, 0), sequence('A', 0), special(sep.id, 0)]
  const json = {
    version: '1.0',
    added_tokens: added,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(config.do_lower_case ? [{type: 'Lowercase'}] : []),
        {type: 'Strip', strip_left: true, strip_right: true},
        ...precompiled(model),
        {type: 'Replace', pattern: {Regex: ' {2,}'}, content: ' '},
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [...(config.split_by_punct ? [{type: 'Punctuation', behavior: 'Isolated'}] : []), METASPACE],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, sequence('B', 1), special(sep.id, 1)],
      special_tokens: {[cls.id]: cls, [sep.id]: sep},
    },
    decoder: METASPACE,
    model: core(model, vocab, {byteFallback: false, unknown: model.unknown.id}),
  }
  return {json, roles: namedRoles(DEBERTA)}
}

/**
 * Gemma's tokenizer (transformers' GemmaConverter): byte pair encoding with `▁` for every space, byte fallback for
 * characters without a piece, and <bos> in front. A tab without a piece of its own replaces the piece of its byte.
 */
export function convertGemma(model: SentencePiece, settings: ConverterSettings): Converted {
  const names = Object.entries(GEMMA).map(
    ([role, usual]) => [role, specialToken(nameOf(settings.config, role) ?? usual)] as const,
  )
  const {pad, eos, bos} = Object.fromEntries(names)
  const vocab = [pad.content, eos.content, bos.content, ...model.pieces.slice(3).map(({text}) => text)]
  const tab = vocab.includes('\t') ? -1 : vocab.indexOf('<0x09>')
  if (tab !== -1) vocab[tab] = '\t'

  const added = addedTokens(model.pieces, vocab, {
    ...settings,
    names: Object.fromEntries(names),
    special: ['<start_of_turn>', '<end_of_turn>'],
  })
  const json = {
    version: '1.0',
    added_tokens: added,
    normalizer: {type: 'Replace', pattern: {String: ' '}, content: SPACE},
    pre_tokenizer: {type: 'Split', pattern: {String: ' '}, behavior: 'MergedWithPrevious', invert: false},
    post_processor: {
      type: 'TemplateProcessing',
      single: [special(bos.content, 0), sequence('A', 0)],
      pair: [special(bos.content, 0), sequence('A', 0), special(bos.content, 1), sequence('B', 1)],
      special_tokens: {[bos.content]: {id: bos.content, ids: [2], tokens: [bos.content]}},
    },
    decoder: {
      type: 'Sequence',
      decoders: [{type: 'Replace', pattern: {String: SPACE}, content: ' '}, {type: 'ByteFallback'}, {type: 'Fuse'}],
    },
    model: core(model, vocab, {byteFallback: true, unknown: 3}),
  }
  return {json, roles: namedRoles(GEMMA)}
}

/**
 * XLM-R's tokenizer (transformers' XLMRobertaConverter): fairseq's special tokens take the first four ids instead of
 * SentencePiece's three, and <mask> the last. A text is normalized by the model's own character map, `▁` is prepended and
 * replaces every space, and runs of spaces become one.
 */
export function convertXlmRoberta(model: SentencePiece, settings: ConverterSettings): Converted {
  const control = (text: string): VocabularyPiece => ({text, score: 0, kind: 'control'})
  const unknown = {id: 3, text: '<unk>'}
  const pieces = [
    ...['<s>', '<pad>', '</s>'].map(control),
    {...control(unknown.text), kind: 'unknown' as const},
    ...model.pieces.slice(3),
    control('<mask>'),
  ]
  const vocab = pieces.map(({text}) => text)
  const single = [special('<s>', 0), sequence('A', 0), special('</s>', 0)]
  const json = {
    version: '1.0',
    added_tokens: addedTokens(pieces, vocab, {...settings, names: XLM_ROBERTA}),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...precompiled(model),
        {type: 'Strip', strip_left: false, strip_right: true},
        {type: 'Replace', pattern: {Regex: ' {2,}'}, content: SPACE},
      ],
    },
    pre_tokenizer: METASPACE,
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, special('</s>', 0), sequence('B', 0), special('</s>', 0)],
      special_tokens: {
        '<s>': {id: '<s>', ids: [0], tokens: ['<s>']},
        '</s>': {id: '</s>', ids: [2], tokens: ['</s>']},
      },
    },
    decoder: METASPACE,
    model: core({...model, pieces, unknown}, vocab, {byteFallback: false, unknown: unknown.id}),
  }
  return {json, roles: namedRoles(XLM_ROBERTA)}
}

/** The normalizer of a model's own character map, if it has one. */
const precompiled = ({charsmap}: SentencePiece): Fields[] =>
  charsmap.length ? [{type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64')}] : []

const SPACE = '▁'
const METASPACE = {type: 'Metaspace', replacement: SPACE, prepend_scheme: 'always', split: true}

const DEBERTA: SpecialNames = {
  bos: '[CLS]',
  eos: '[SEP]',
  unk: {...specialToken('[UNK]'), normalized: true},
  sep: '[SEP]',
  pad: '[PAD]',
  cls: '[CLS]',
  mask: '[MASK]',
}

const XLM_ROBERTA: SpecialNames = {
  bos: '<s>',
  eos: '</s>',
  unk: '<unk>',
  sep: '</s>',
  pad: '<pad>',
  cls: '<s>',
  mask: {...specialToken('<mask>'), lstrip: true},
}

const GEMMA = {bos: '<bos>', eos: '<eos>', unk: '<unk>', pad: '<pad>'} satisfies SpecialNames

const special = (id: string, type_id: number) => ({SpecialToken: {id, type_id}})
const sequence = (id: 'A' | 'B', type_id: number) => ({Sequence: {id, type_id}})

interface CoreOptions {
  readonly byteFallback: boolean
  readonly unknown: number
}

/** The `model` of a tokenizer.json; `vocab` are the names of the pieces by id. */
function core(model: SentencePiece, vocab: readonly string[], {byteFallback, unknown}: CoreOptions) {
  if (model.algorithm === 'unigram')
    return {type: 'Unigram' as const, unk_id: unknown, vocab: scored(model, vocab), byte_fallback: byteFallback}
  const positions = new Map(model.pieces.map(({text}, id) => [text, id]))
  const tab = positions.get('<0x09>')
  if (!positions.has('\t') && tab !== undefined) positions.set('\t', tab)
  return {
    type: 'BPE' as const,
    unk_token: model.unknown.text,
    fuse_unk: true,
    byte_fallback: byteFallback,
    vocab: Object.fromEntries(vocab.map((piece, id) => [piece, id])),
    merges: impliedMerges(new Map(scored(model, vocab)), positions),
  }
}

/** A piece under another name than its own is never split or merged: its score is 0. */
const scored = ({pieces}: SentencePiece, vocab: readonly string[]) =>
  vocab.map((piece, id): [string, number] => [piece, pieces[id].text === piece ? pieces[id].score : 0])
