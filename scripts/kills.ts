// Kills processes of a sweep: `npx tsx scripts/kills.ts [kills] [seed] [seeds]` after `npm run build`. Processes of a sweep of
// tiny runs are killed at random moments; then it is resumed once, and its results are compared with those of an
// undisturbed sweep.
import {isDeepStrictEqual} from 'node:util'
import {random} from '../src/tensor/random.ts'
import {computed, killAtRandom} from '../test/support/kills.ts'
import {openWorkplace, svft, writeRecipe} from '../test/support/workplace.ts'

const [kills = 100, seed = 1, seedsAtOnce = 2] = process.argv.slice(2).map(Number)
const [disturbed, alone] = [await openWorkplace(), await openWorkplace()]
const recipes = ['svft.yaml', 'lora.yaml']
const lora = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj', 'down_proj']}
for (const folder of [disturbed, alone]) {
  const train = {steps: 200, saveEvery: 10}
  writeRecipe(folder, {train, name: 'kills/svft'}, 'svft.yaml')
  writeRecipe(folder, {train, name: 'kills/lora', adapter: lora}, 'lora.yaml')
}
const stream = random(seed)
const began = performance.now()
const killed = await killAtRandom(disturbed, recipes, {kills, seedsAtOnce, random: () => stream.uniform()})
const seconds = (performance.now() - began) / 1000
console.log(
  `${kills} kills of a sweep of ${recipes.length * killed.seeds} cells in ${seconds.toFixed(0)} s, ${killed.sweeps} of the sweep itself; ${disturbed}`,
)

const asked = ['--seeds', `0-${killed.seeds - 1}`, '--workers', '2', '--json']
const resumed = await svft(disturbed, ['sweep', ...recipes, ...asked])
const straight = await svft(alone, ['sweep', ...recipes, ...asked])
const cells = recipes.length * killed.seeds
const {counts} = JSON.parse(String(resumed.stdout)).result
const same = isDeepStrictEqual(computed(disturbed, 'kills.csv'), computed(alone, 'kills.csv'))
console.log(`one resume: exit ${resumed.exitCode}, ${JSON.stringify(counts)} of ${cells} cells`)
console.log(`rows, answers and last numbers ${same ? 'equal' : 'DIFFER from'} those of a sweep left alone`)
if (!same || resumed.exitCode !== 0 || straight.exitCode !== 0 || counts.done !== cells) process.exitCode = 1
