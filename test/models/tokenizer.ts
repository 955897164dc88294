import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {openFolder} from '../support/cleanup.ts'

const special = (content: string, id: number) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})

const WORDS = ['<pad>', '<s>', '</s>', '<unk>', 'a', 'b', 'c', 'd', 'e', 'f', 'Ä']

/** A tokenizer.json of the words a … f, one token each, with <s> in front unless `changes` say otherwise. */
export const letters = (changes: object = {}) => ({
  version: '1.0',
  truncation: {direction: 'Right', max_length: 3, strategy: 'LongestFirst', stride: 0},
  padding: {
    strategy: {Fixed: 5},
    direction: 'Right',
    pad_to_multiple_of: null,
    pad_id: 0,
    pad_type_id: 0,
    pad_token: '<pad>',
  },
  added_tokens: ['<pad>', '<s>', '</s>', '<unk>'].map(special),
  normalizer: null,
  pre_tokenizer: {type: 'Whitespace'},
  post_processor: {
    type: 'TemplateProcessing',
    single: [{SpecialToken: {id: '<s>', type_id: 0}}, {Sequence: {id: 'A', type_id: 0}}],
    pair: [
      {SpecialToken: {id: '<s>', type_id: 0}},
      {Sequence: {id: 'A', type_id: 0}},
      {SpecialToken: {id: '</s>', type_id: 0}},
      {Sequence: {id: 'B', type_id: 1}},
    ],
    special_tokens: {
      '<s>': {id: '<s>', ids: [1], tokens: ['<s>']},
      '</s>': {id: '</s>', ids: [2], tokens: ['</s>']},
    },
  },
  decoder: null,
  model: {type: 'WordLevel', vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])), unk_token: '<unk>'},
  ...changes,
})

/** A model's folder that holds `files`; a string or bytes are written as they are, anything else as JSON. */
export async function modelFolder(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = openFolder()
  for (const [name, content] of Object.entries(files)) {
    const raw = typeof content === 'string' || content instanceof Uint8Array
    await writeFile(join(folder, name), raw ? content : JSON.stringify(content))
  }
  return folder
}
