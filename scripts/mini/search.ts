// Searches the learning rates of a suite's methods on its validation split, with the same number of trials for every
// method: `npx tsx scripts/mini/search.ts <suite> [method …]` (after `npm run build`). Writes docs/mini-search/<suite>.csv,
// where methods that are not named keep their lines; the recipes use the best rates.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {stringify} from 'csv-stringify/sync'
import {execa} from 'execa'
import {SEARCHES} from './searches.ts'

const AT_ONCE = 2

const [suite = '', ...named] = process.argv.slice(2)
const search = SEARCHES[suite]
if (!search) throw new Error(`no suite: ${suite}; known: ${Object.keys(SEARCHES).join(', ')}`)
const methods = named.length > 0 ? named : Object.keys(search.rates)

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'scratch/mini-search') // separate runs and results: these are not results of a suite
const file = join(root, `docs/mini-search/${suite}.csv`)
mkdirSync(folder, {recursive: true})
mkdirSync(join(root, 'docs/mini-search'), {recursive: true})

const trials = methods.flatMap(method =>
  search.rates[method].flatMap(lr => search.seeds.map(seed => ({method, lr, seed}))),
)
const found: string[] = []
const queue = [...trials.keys()]
await Promise.all(Array.from({length: AT_ONCE}, work))

const lines = [...kept(), ...found.filter(line => line !== undefined)]
const order = Object.keys(search.rates)
lines.sort((a, b) => order.indexOf(a.split(',')[0]) - order.indexOf(b.split(',')[0])) // stable: rates stay as tried
writeFileSync(file, `${['method,lr,seed,validation,n,seconds', ...lines].join('\n')}\n`)

async function work(): Promise<void> {
  for (let i = queue.shift(); i !== undefined; i = queue.shift()) {
    const {method, lr, seed} = trials[i]
    const own = [`train.lr=${lr}`, `seed=${seed}`, 'evaluate.splits=[validation]', 'threads=1']
    const sets = [...own, ...search.sets].flatMap(set => ['--set', set])
    const recipe = join(root, `configs/${suite}/mini/${method}.yaml`)
    const {stdout} = await execa(process.execPath, [join(root, 'bin/run.js'), 'run', recipe, '--json', ...sets], {
      cwd: folder,
    })
    const {metrics, n, seconds} = JSON.parse(stdout).result
    const [score] = Object.values(metrics)
    found[i] = stringify([[method, lr, seed, score, n, seconds]]).trim()
    console.error(`${method} lr ${lr} seed ${seed}: ${(100 * Number(score)).toFixed(1)} % of ${n}, ${seconds} s`)
  }
}

/** The earlier results of other methods. */
function kept(): string[] {
  if (!existsSync(file)) return []
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  return lines.filter(line => !methods.includes(line.split(',')[0]))
}
