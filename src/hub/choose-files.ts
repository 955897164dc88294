import {groupBy} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {openGlob} from '../base/glob.ts'
import {listSome} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {COMPANIONS} from '../weights/companions.ts'
import type {HubFile} from './hub-file.ts'

/** Chooses the needed files of a repository; throws a Fault if they are not among them. */
export type Choose = (files: readonly HubFile[]) => readonly HubFile[]

/** Chooses a model's config, its tokenizer and its weights in one format: safetensors if there are any, else PyTorch's. */
export const modelFiles: Choose = files => {
  const names = new Set(files.map(({path}) => path))
  if (!names.has('config.json'))
    throw new Fault('input', 'has no config.json: not a model that transformers could load')
  const weights = WEIGHTS.find(({whole}) => names.has(whole) || names.has(`${whole}.index.json`))
  if (!weights) {
    const known = WEIGHTS.map(({whole}) => whole).join(' or ')
    const others = files.filter(({path}) => FOREIGN.test(path))
    const found = others.length > 0 ? `; it has ${listPaths(others, 5)}` : ''
    throw new Fault('input', `has no weights that svft reads, ${known}${found}`)
  }
  const {whole, shard, any} = weights
  const shards = isComplete([...names].filter(path => shard.test(path))) ? shard : any
  const isWeights = (path: string) =>
    names.has(whole) ? path === whole : path === `${whole}.index.json` || shards.test(path)
  return files.filter(({path}) => path === 'config.json' || COMPANIONS.includes(path) || isWeights(path))
}

/** Whether shards are all there by their own numbers, as in model-00001-of-00002. */
const isComplete = (shards: readonly string[]): boolean =>
  [...groupBy(shards, path => /-\d+-of-(\d+)\.\w+$/.exec(path)?.[1])].some(([of, {length}]) => Number(of) === length)

/**
 * The formats of weights, in the order in which a checkpoint's folder is searched for them. `shard` are the usual names of
 * shards; an index may list others, which are then among `any`. Other weights and the state of a training are not.
 */
const WEIGHTS = [
  {whole: 'model.safetensors', shard: /^model-[^/]+\.safetensors$/, any: /^(?!consolidated)[^/]+\.safetensors$/},
  {
    whole: 'pytorch_model.bin',
    shard: /^pytorch_model-[^/]+\.bin$/,
    any: /^(?!consolidated|(training_args|optimizer|scheduler)\.|rng_state)[^/]+\.bin$/,
  },
]

/** Weights in other formats, which are never fetched, but named if there are no others. */
const FOREIGN = /\.(h5|msgpack|onnx|gguf|ot|tflite|pt|pth|bin|safetensors)$/

/** Chooses files by a path, or by a pattern in which `*` and `?` match parts of a name and `**` any folders. */
export const filesLike =
  (pattern: string): Choose =>
  files => {
    const matches = openGlob(pattern)
    const chosen = files.filter(({path}) => matches(path))
    if (chosen.length > 0) return chosen
    const found = listPaths(files, 8) || 'none at all'
    throw new Fault('input', `has no file ${escapeLine(pattern, 120)}; it has ${found}`)
  }

function listPaths(files: readonly HubFile[], most: number): string {
  const paths = files.map(({path}) => escapeLine(path, 60))
  return listSome(paths, most)
}
