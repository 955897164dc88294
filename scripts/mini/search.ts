// Searches each method's learning rate on the validation split, with the same number of trials for every method:
// `npx tsx scripts/mini/search.ts` (after `npm run build`). Writes docs/mini-search.csv; the recipes take the best.
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {stringify} from 'csv-stringify/sync'
import {execa} from 'execa'

const TRIALS: Readonly<Record<string, readonly string[]>> = {
  'svft-plain': ['2e-2', '5e-2', '1e-1', '2e-1'],
  'svft-banded': ['5e-3', '1e-2', '2e-2', '5e-2'],
  'svft-random': ['5e-3', '1e-2', '2e-2', '5e-2'],
  'svft-topk': ['5e-3', '1e-2', '2e-2', '5e-2'],
  'lora-r1': ['5e-3', '1e-2', '2e-2', '5e-2'],
  'lora-r8': ['2e-3', '5e-3', '1e-2', '2e-2'],
  full: ['2e-4', '5e-4', '1e-3', '2e-3'],
}
const AT_ONCE = 2

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'scratch/mini-search') // its own runs and results: none of these is a result of the suite
mkdirSync(folder, {recursive: true})

const trials = Object.entries(TRIALS).flatMap(([method, rates]) => rates.map(lr => ({method, lr})))
const found: (string | number)[][] = []
const queue = [...trials.keys()]
await Promise.all(Array.from({length: AT_ONCE}, work))

found.sort(([a], [b]) => Number(a) - Number(b))
const header = ['method', 'lr', 'validation', 'n', 'seconds']
writeFileSync(join(root, 'docs/mini-search.csv'), stringify([header, ...found.map(row => row.slice(1))]))

async function work(): Promise<void> {
  for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
    const {method, lr} = trials[i]
    const sets = [`train.lr=${lr}`, 'evaluate.splits=[validation]', 'threads=1'].flatMap(set => ['--set', set])
    const recipe = join(root, `configs/gsm8k/mini/${method}.yaml`)
    const {stdout} = await execa(process.execPath, [join(root, 'bin/run.js'), 'run', recipe, '--json', ...sets], {
      cwd: folder,
    })
    const {metrics, n, seconds} = JSON.parse(stdout).result
    found.push([i, method, lr, metrics.gsm8k, n, seconds])
    console.error(`${method} lr ${lr}: ${(100 * metrics.gsm8k).toFixed(1)} % of ${n}, ${seconds} s`)
  }
}
