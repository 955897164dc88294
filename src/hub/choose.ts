import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {HubFile} from './tree.ts'

/** Picks the files of a repository that are needed; Fault: what is needed is not among them. */
export type Choose = (files: readonly HubFile[]) => readonly HubFile[]

/** A model as we read it: its config, its tokenizer, and its weights in one form, safetensors before PyTorch's. */
export const modelFiles: Choose = files => {
  const names = new Set(files.map(({path}) => path))
  if (!names.has('config.json'))
    throw new Fault('input', 'has no config.json: not a model that transformers could load')
  const weights = WEIGHTS.find(({whole}) => names.has(whole) || names.has(`${whole}.index.json`))
  if (!weights) {
    const others = files.map(({path}) => path).filter(path => FOREIGN.test(path))
    const has =
      others.length > 0
        ? `; it has ${others
            .slice(0, 5)
            .map(path => escapeLine(path, 60))
            .join(', ')}`
        : ''
    throw new Fault('input', `has no weights that svft reads, ${WEIGHTS.map(({whole}) => whole).join(' or ')}${has}`)
  }
  const {whole, shard} = weights
  const isWeights = (path: string) =>
    names.has(whole) ? path === whole : path === `${whole}.index.json` || shard.test(path)
  return files.filter(({path}) => COMPANIONS.test(path) || isWeights(path))
}

/** The forms of weights, in the order in which a checkpoint's folder is searched for them. */
const WEIGHTS = [
  {whole: 'model.safetensors', shard: /^model-[^/]+\.safetensors$/},
  {whole: 'pytorch_model.bin', shard: /^pytorch_model-[^/]+\.bin$/},
]

/** Weights in other forms, which are named where there is nothing else, and never fetched. */
const FOREIGN = /\.(h5|msgpack|onnx|gguf|ot|tflite|pt|pth|bin|safetensors)$/

const COMPANIONS =
  /^(config|generation_config|preprocessor_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$|^(vocab|merges)\.txt$|^(spm|tokenizer|spiece)\.model$|^chat_template\.jinja$/

/** Files by a path, or by a pattern in which `*` and `?` stand for parts of a name and `**` for any folders. */
export const filesLike =
  (pattern: string): Choose =>
  files => {
    const like = expression(pattern)
    const chosen = files.filter(({path}) => like.test(path))
    if (chosen.length > 0) return chosen
    const some = files.slice(0, 8).map(({path}) => escapeLine(path, 60))
    const more = files.length > some.length ? `, and ${files.length - some.length} more` : ''
    throw new Fault(
      'input',
      `has no file ${escapeLine(pattern, 120)}; it has ${some.join(', ') || 'none at all'}${more}`,
    )
  }

export const isPattern = (path: string) => /[*?]/.test(path)

function expression(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*\*|\*|\?)/).map(part => WILD.get(part) ?? literal(part))
  return new RegExp(`^${parts.join('')}$`, 's')
}

const WILD = new Map([
  ['**/', '(?:[^/]+/)*'],
  ['**', '.*'],
  ['*', '[^/]*'],
  ['?', '[^/]'],
])

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
