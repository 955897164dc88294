// Writes a model with random weights in the shapes of a config, to measure memory and time without a download:
//   npx tsx scripts/random-model.ts google/gemma-2b <out folder>
// The config is one of configs/models, or that of a folder. Weights are bfloat16, in shards; the tokenizer has as many tokens
// as the config names, all of them pieces of two or three bytes. A model of images has a processor instead, if the folder has one.
import {copyFile, mkdir} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {Fault} from '../src/base/fault.ts'
import {writeJson} from '../src/base/files.ts'
import {toBfloat16} from '../src/base/half.ts'
import {readText} from '../src/base/read-file.ts'
import {type Shape, size} from '../src/engine/program.ts'
import type {ModelConfig} from '../src/models/config.ts'
import {openModel} from '../src/models/open-model.ts'
import {shippedFolder} from '../src/models/shipped-configs.ts'
import {random} from '../src/tensor/random.ts'
import {copyCompanions} from '../src/weights/companions.ts'
import type {Writable} from '../src/weights/safetensors.ts'
import {writeWeights} from '../src/weights/write-checkpoint.ts'
import {pairTokenizer, type SpecialTokens} from './pair-tokenizer.ts'
import {printLine, runWhenStarted} from './start.ts'

/** Writes config.json, weights and a tokenizer to `out`. */
export async function writeRandomModel(source: string, out: string): Promise<void> {
  const file = join(shippedFolder(source) ?? source, 'config.json')
  const text = await readText(file)
  if (text === undefined) throw new Fault('input', `${file}: no such file`)
  const config = JSON.parse(text) as ModelConfig
  const {shapes} = openModel(config)
  await mkdir(out, {recursive: true})
  await copyFile(file, join(out, 'config.json'))
  if (typeof config.vocab_size === 'number') await writeTokenizer(out, config.vocab_size, specialTokens(config))
  else await copyCompanions(dirname(file), out)
  const table = normalTable()
  const tensors = Object.entries(shapes).map(([name, shape]): [string, Writable] => [
    name,
    {dtype: 'bfloat16', shape, data: async () => draw(name, shape, table)},
  ])
  await writeWeights(out, Object.fromEntries(tensors))
}

async function writeTokenizer(out: string, vocabulary: number, special: SpecialTokens): Promise<void> {
  await writeJson(join(out, 'tokenizer.json'), pairTokenizer(vocabulary, special))
  await writeJson(join(out, 'tokenizer_config.json'), {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...Object.fromEntries(Object.keys(special).map(token => [`${token.slice(1, -1)}_token`, token])),
  })
}

/** The special tokens that a config has ids for. */
function specialTokens(config: ModelConfig): SpecialTokens {
  const named = ['pad', 'bos', 'eos'].flatMap(name => {
    const id = config[`${name}_token_id`]
    return typeof id === 'number' ? [[`<${name}>`, id] as const] : []
  })
  return Object.fromEntries(named)
}

/** 65,536 values from N(0, 0.02²) in bfloat16. */
function normalTable(): Uint16Array {
  const stream = random(0, 'table')
  return toBfloat16(Float32Array.from({length: 2 ** 16}, () => 0.02 * stream.normal()))
}

/** Gains are 1 and biases 0. Each entry of a matrix is drawn from the table, by xorshift32, which is quick. */
function draw(name: string, shape: Shape, table: Uint16Array): Uint16Array {
  const bits = new Uint16Array(size(shape))
  if (shape.length === 1) return bits.fill(name.endsWith('.weight') ? ONE : 0)
  let state = random(0, name).int(2 ** 32) | 1
  for (let i = 0; i < bits.length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bits[i] = table[state >>> 16]
  }
  return bits
}

/** 1 in bfloat16. */
const ONE = 0x3f80

await runWhenStarted(import.meta.url, async ([source, out, ...rest]) => {
  if (source === undefined || out === undefined || rest.length > 0) {
    throw new Fault('usage', 'npx tsx scripts/random-model.ts <model of configs/models | folder> <out folder>')
  }
  await writeRandomModel(source, out)
  printLine(out)
})
