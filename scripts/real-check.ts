// Compares svft with transformers on real checkpoints: the outputs of both for a few texts, from the same files.
//   npx tsx scripts/real-check.ts --python <python with torch and transformers> <model folder>…
import {parseArgs} from 'node:util'
import {Fault} from '../src/base/fault.ts'
import {openEngine} from '../src/recipes/engine.ts'
import {relativeError} from './parity/measure.ts'
import {ours} from './real-check/ours.ts'
import {theirs} from './real-check/theirs.ts'
import {runWhenStarted} from './start.ts'

const USAGE = 'usage: npx tsx scripts/real-check.ts --python <python with torch and transformers> <model folder>…'

/** Texts of several lengths, so that all but the longest are padded, with rare letters and signs. */
const TEXTS = [
  'The quick brown fox jumps over the lazy dog.',
  'Amy has 3 cups and buys 2 more. How many cups does she have now?',
  'Zürich, São Paulo & 東京: 12,5 % — naïve façade…',
  'A singular value decomposition writes a matrix as a product of a rotation, a scaling and another rotation; what is learnt here stands between the two rotations.',
  'Yes.',
]

interface Compared {
  /** The largest absolute difference. */
  readonly absolute: number
  /** The largest difference, relative to transformers' largest value. */
  readonly relative: number
}

await runWhenStarted(import.meta.url, async args => {
  const {values, positionals} = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {python: {type: 'string'}},
  })
  if (values.python === undefined || positionals.length === 0) throw new Fault('usage', USAGE)
  const engine = await openEngine({engine: 'onnx', device: 'cpu'})
  for (const folder of positionals) {
    const own = await ours(folder, {engine, texts: TEXTS})
    const other = await theirs(folder, {python: values.python, texts: TEXTS, what: own.what})
    const {absolute, relative} = compare(own.rows, other.rows)
    const worst = `${absolute.toExponential(1)} absolute, ${relative.toExponential(1)} relative`
    const passed = Math.max(absolute, relative) <= own.bound
    console.log(`${passed ? 'ok  ' : 'FAIL'}  ${folder}: ${own.what}: ${worst}; bound ${own.bound}; ${other.versions}`)
    if (!passed) process.exitCode = 1
  }
})

/** Returns the largest difference over all texts; infinite if the lengths differ, because the tokens do. */
function compare(own: readonly Float32Array[], other: readonly Float32Array[]): Compared {
  const each = own.map((row, i) => {
    const relative = relativeError(row, other[i])
    return {relative, absolute: relative * other[i].reduce((most, value) => Math.max(most, Math.abs(value)), 0)}
  })
  return {
    absolute: Math.max(...each.map(({absolute}) => absolute)),
    relative: Math.max(...each.map(({relative}) => relative)),
  }
}
